#include "benchmarks/subprocess.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <utility>

#include "base/argv.hpp"

namespace endure::benchmarks {

namespace {

// In the child, between fork and exec: nothing here may allocate.
[[noreturn]] void become(char* const* arguments, char* const* environment, const char* output) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int file = ::open(output, O_WRONLY | O_CREAT | O_APPEND, 0644);
  if (file >= 0) {
    ::dup2(file, STDOUT_FILENO);
    ::dup2(file, STDERR_FILENO);
  }
  ::execvpe(arguments[0], arguments, environment);
  ::_exit(127);
}

}  // namespace

Result<Subprocess> Subprocess::start(const std::vector<std::string>& arguments,
                                     const std::string& output,
                                     const std::vector<std::string>& environment) {
  std::vector<std::string> variables = environment;
  for (char** entry = ::environ; *entry != nullptr; ++entry) variables.emplace_back(*entry);
  const auto argv = pointers_of(arguments);
  const auto envp = pointers_of(variables);
  const pid_t pid = ::fork();
  if (pid < 0) return fail(Code::io, std::string("cannot fork: ") + std::strerror(errno));
  if (pid == 0) become(argv.data(), envp.data(), output.c_str());
  return Subprocess(pid);
}

Subprocess::Subprocess(Subprocess&& other) noexcept : pid_(std::exchange(other.pid_, 0)) {}

Subprocess& Subprocess::operator=(Subprocess&& other) noexcept {
  kill();
  pid_ = std::exchange(other.pid_, 0);
  return *this;
}

Subprocess::~Subprocess() {
  kill();
}

bool Subprocess::has_ended() {
  if (pid_ != 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = 0;
  return pid_ == 0;
}

void Subprocess::kill() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

void Subprocess::stop(std::int64_t timeout_ms) {
  if (pid_ == 0) return;
  ::kill(pid_, SIGTERM);
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  while (!has_ended() && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  kill();
}

}  // namespace endure::benchmarks
