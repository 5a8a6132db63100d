#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "runtime/stop_signal.hpp"
#include "tests/support/catch.hpp"

using namespace endure;

namespace {

// Signals and _exit concern a whole process: each case runs `work` in a child. Its exit code.
template <class Work>
int in_child(Work work) {
  const pid_t child = fork();
  if (child == 0) {
    std::freopen("/dev/null", "w", stderr);
    work();
    _exit(99);  // `work` was to end the process
  }
  REQUIRE(child > 0);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 256;
}

constexpr std::int64_t never_ms = 600'000;

}  // namespace

TEST_CASE("the first signal is a reason to stop, and the process goes on") {
  CHECK(in_child([] {
          StopSignal stop;
          stop.start(never_ms, never_ms);
          kill(getpid(), SIGTERM);
          const auto reason = stop.wait();
          _exit(std::get_if<int>(&reason) && std::get<int>(reason) == SIGTERM ? 0 : 1);
        }) == 0);
}

TEST_CASE("a signal that comes before the start is not lost") {
  CHECK(in_child([] {
          StopSignal stop;
          kill(getpid(), SIGINT);
          stop.start(never_ms, never_ms);
          const auto reason = stop.wait();
          _exit(std::get<int>(reason) == SIGINT ? 0 : 1);
        }) == 0);
}

TEST_CASE("the second signal ends the process at once") {
  CHECK(in_child([] {
          StopSignal stop;
          stop.start(never_ms, never_ms);
          kill(getpid(), SIGTERM);
          stop.wait();
          kill(getpid(), SIGTERM);
          pause();
        }) == 128 + SIGTERM);
}

TEST_CASE("an orderly stop that takes too long is ended") {
  CHECK(in_child([] {
          StopSignal stop;
          stop.start(1, never_ms);
          kill(getpid(), SIGTERM);
          pause();
        }) == 1);
}

TEST_CASE("the first failure is the reason, and its deadline its own") {
  CHECK(in_child([] {
          StopSignal stop;
          stop.fail({Code::io, "the disk is gone", ""});
          stop.fail({Code::corrupt, "later", ""});
          stop.start(never_ms, 1);
          const auto reason = stop.wait();
          if (std::get<Error>(reason).what != "the disk is gone") _exit(2);
          pause();
        }) == 1);
}

TEST_CASE("a failure during an orderly stop is known in the end") {
  CHECK(in_child([] {
          StopSignal stop;
          stop.start(never_ms, never_ms);
          kill(getpid(), SIGTERM);
          stop.wait();
          if (stop.failure()) _exit(2);
          stop.fail({Code::io, "the last commit failed", ""});
          _exit(stop.failure() && std::get<int>(stop.wait()) == SIGTERM ? 0 : 1);
        }) == 0);
}
