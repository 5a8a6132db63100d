#include "runtime/command/child_process.hpp"

#include <csignal>
#include <fstream>

#include "tests/support/catch.hpp"

using namespace endure;

namespace {

const auto never = [] { return false; };

ChildEnd run(const std::string& script, std::string input = {}, ChildCommand command = {}) {
  SystemClock clock;
  command.argv = {"sh", "-c", script};
  command.input = std::move(input);
  auto end = run_child(command, never, clock);
  REQUIRE(end);
  return *end;
}

// Gone, or a zombie that nobody has waited for yet.
bool has_ended(pid_t process) {
  std::ifstream stat("/proc/" + std::to_string(process) + "/stat");
  std::string id;
  std::string name;
  std::string state;
  return !(stat >> id >> name >> state) || state == "Z" || state == "X";
}

}  // namespace

TEST_CASE("a program gets its input and gives its output and exit code") {
  const auto end = run("cat; echo oops >&2; exit 3", "hello");
  CHECK(end.how == ChildEnd::How::exited);
  CHECK(end.code == 3);
  CHECK(end.output == "hello");
  CHECK(end.error_tail == "oops\n");
}

TEST_CASE("input and output larger than any pipe pass through") {
  const std::string large(900'000, 'x');
  CHECK(run("cat", large).output == large);
}

TEST_CASE("a program that does not read its input is no trouble") {
  const auto end = run("exit 0", std::string(1'000'000, 'x'));
  CHECK(end.how == ChildEnd::How::exited);
  CHECK(end.code == 0);
}

TEST_CASE("the tail of what it says on stderr is kept") {
  ChildCommand command;
  command.max_error_bytes = 10;
  CHECK(run("seq 1 10000 >&2", {}, command).error_tail == "999\n10000\n");
}

TEST_CASE("a program that writes too much is killed") {
  ChildCommand command;
  command.max_output_bytes = 1'000;
  CHECK(run("yes", {}, command).how == ChildEnd::How::too_much_output);
}

TEST_CASE("a program over its time is killed with all that it has started") {
  ChildCommand command;
  command.time_limit_ms = 50;
  const auto end = run("sleep 60 & echo $!; wait", {}, command);
  CHECK(end.how == ChildEnd::How::timed_out);
  const auto grandchild = static_cast<pid_t>(std::stoi(end.output));
  for (int i = 0; i < 1'000 && !has_ended(grandchild); ++i) run("sleep 0.01");
  CHECK(has_ended(grandchild));
}

TEST_CASE("a program can be cancelled") {
  SystemClock clock;
  ChildCommand command;
  command.argv = {"sleep", "60"};
  int asked = 0;
  const auto end = run_child(
      command, [&] { return ++asked > 1; }, clock);
  REQUIRE(end);
  CHECK(end->how == ChildEnd::How::cancelled);
}

TEST_CASE("a program that dies by a signal says which") {
  const auto end = run("kill -TERM $$");
  CHECK(end.how == ChildEnd::How::signalled);
  CHECK(end.code == SIGTERM);
}

TEST_CASE("a program that leaves something behind with its output open does not hold us up") {
  const auto end = run("sleep 5 & echo done");
  CHECK(end.output == "done\n");
}

TEST_CASE("its environment is ours, with what is set for it in place of the same names") {
  ::setenv("ENDURE_TEST_NAME", "inherited", 1);
  ChildCommand command;
  command.environment = {"ENDURE_TEST_NAME=set"};
  CHECK(
      run("echo $ENDURE_TEST_NAME; env | grep -c ENDURE_TEST_NAME; test -n \"$PATH\" && echo path",
          {}, command)
          .output == "set\n1\npath\n");
  ::unsetenv("ENDURE_TEST_NAME");
}

TEST_CASE("a program that does not exist is an error, as is none at all") {
  SystemClock clock;
  ChildCommand command;
  command.argv = {"no-such-program-anywhere"};
  CHECK(run_child(command, never, clock).error().code == Code::not_found);
  command.argv.clear();
  CHECK(run_child(command, never, clock).error().code == Code::invalid);
}
