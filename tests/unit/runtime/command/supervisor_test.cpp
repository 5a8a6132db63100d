// Programs under a supervisor: nothing that they start outlives them.
#include "runtime/command/supervisor.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#include "runtime/command/child_process.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace endure;

namespace {

const auto never = [] { return false; };

ChildCommand supervised(const std::string& script) {
  ChildCommand command;
  command.argv = {"/bin/sh", "-c", script};
  command.environment = {"PATH=/usr/bin:/bin"};
  command.supervised = true;
  command.max_error_bytes = 100'000;
  return command;
}

ChildEnd run(const ChildCommand& command) {
  SystemClock clock;
  auto end = run_child(command, never, clock);
  if (!end) FAIL(end.error().what);
  return *end;
}

// Gone, or a zombie that somebody else has to reap.
bool is_gone(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  if (!std::getline(file, text)) return true;
  return text.find(") Z") != std::string::npos;
}

bool goes(pid_t pid) {
  for (int i = 0; i < 2'000; ++i) {
    if (is_gone(pid)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

}  // namespace

TEST_CASE("a supervised program gives its streams and its code") {
  auto command = supervised("cat; echo oops >&2; exit 3");
  command.input = "hello";
  const auto end = run(command);
  CHECK(end.how == ChildEnd::How::exited);
  CHECK(end.code == 3);
  CHECK(end.output == "hello");
  CHECK(end.error_tail == "oops\n");
}

TEST_CASE("a supervised program sees its own environment and folder alone") {
  const TemporaryFolder folder;
  ::setenv("ENDURE_TEST_LEAK", "x", 1);
  auto command = supervised("echo \"[$ENDURE_TEST_LEAK] $A\"; pwd; ls /proc/self/fd | wc -l");
  command.environment.push_back("A=b");
  command.folder = folder.path();
  const auto end = run(command);
  ::unsetenv("ENDURE_TEST_LEAK");
  // Descriptors: the three streams, and the one that reads the folder.
  CHECK(end.output == "[] b\n" + folder.path() + "\n4\n");
}

TEST_CASE("a signal that ends a supervised program is told") {
  const auto end = run(supervised("kill -TERM $$"));
  CHECK(end.how == ChildEnd::How::signalled);
  CHECK(end.code == SIGTERM);
}

TEST_CASE("a program that is not there, or a folder, is an error") {
  SystemClock clock;
  auto command = supervised("true");
  command.argv[0] = "/nowhere/program";
  const auto missing = run_child(command, never, clock);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == Code::not_found);
  CHECK(missing.error().what.find("/nowhere/program") != std::string::npos);
  command.argv[0] = "/tmp";
  CHECK_FALSE(run_child(command, never, clock));
}

TEST_CASE("what a supervised program leaves running ends with it, also where it hid itself") {
  const auto end = run(supervised(
      "sleep 600 & echo $!; setsid sleep 600 & echo $!; (setsid sh -c 'sleep 600 & echo $!; wait') "
      "& read -t 1 x 2>/dev/null; sleep 0.3"));
  CHECK(end.how == ChildEnd::How::exited);
  std::istringstream pids(end.output);
  int count = 0;
  for (pid_t pid = 0; pids >> pid; ++count) CHECK(is_gone(pid));
  CHECK(count == 3);
}

TEST_CASE("over its time, or its output, a supervised program is ended with all its own") {
  auto late = supervised("setsid sleep 600 & echo $!; wait");
  late.time_limit_ms = 200;
  const auto end = run(late);
  CHECK(end.how == ChildEnd::How::timed_out);
  CHECK(is_gone(static_cast<pid_t>(std::stoi(end.output))));
  auto loud = supervised("yes >&2");
  loud.max_error_bytes = 1'000;
  CHECK(run(loud).how == ChildEnd::How::too_much_output);
}

TEST_CASE("a supervised program dies with the process that started it, however that dies") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t node = ::fork();
  if (node == 0) {
    // A node: it starts a program and is killed while that runs. Only a process of one thread may
    // do as much as this after a fork.
    auto started = start_supervised({{"/bin/sh", "-c", "setsid sleep 600 & echo $! $$; wait"},
                                     {"PATH=/usr/bin:/bin"},
                                     "",
                                     STDIN_FILENO,
                                     ends[1],
                                     STDERR_FILENO});
    if (!started) ::_exit(1);
    ::pause();
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string text;
  char c = 0;
  while (::read(ends[0], &c, 1) == 1 && c != '\n') text += c;
  ::close(ends[0]);
  ::kill(node, SIGKILL);
  ::waitpid(node, nullptr, 0);
  std::istringstream pids(text);
  pid_t hidden = 0;
  pid_t program = 0;
  REQUIRE(pids >> hidden >> program);
  CHECK(goes(hidden));
  CHECK(goes(program));
}
