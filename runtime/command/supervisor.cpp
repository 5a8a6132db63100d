#include "runtime/command/supervisor.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>

#include "base/argv.hpp"

namespace endure {

namespace {

// Everything below runs between fork() and exec(), or never returns: no allocation, no lock.

constexpr int last_tries = 1'000;  // to end descendants, a few milliseconds each

struct Plan {
  char* const* argv;
  char* const* environment;
  const char* folder;
  int in, out, err;
  int life, status, failure;  // read, write, write
};

[[noreturn]] void run_program(const Plan& plan) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // should the supervisor itself be killed
  struct sigaction plain {};
  plain.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &plain, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  bool ready = ::dup2(plan.in, STDIN_FILENO) >= 0 && ::dup2(plan.out, STDOUT_FILENO) >= 0 &&
               ::dup2(plan.err, STDERR_FILENO) >= 0;
  if (plan.folder[0] != '\0') ready = ready && ::chdir(plan.folder) == 0;
  if (ready) ::execve(plan.argv[0], plan.argv, plan.environment);
  const int error = errno;
  static_cast<void>(!::write(plan.failure, &error, sizeof error));
  ::_exit(127);
}

// Closes all descriptors but those of the plan.
void close_others(const Plan& plan) {
  std::array<int, 6> kept = {plan.in, plan.out, plan.err, plan.life, plan.status, plan.failure};
  std::sort(kept.begin(), kept.end());
  unsigned from = 0;
  for (const int descriptor : kept) {
    const auto number = static_cast<unsigned>(descriptor);
    if (number > from) ::syscall(SYS_close_range, from, number - 1, 0);
    from = number + 1;
  }
  ::syscall(SYS_close_range, from, ~0U, 0);
}

// Sends SIGKILL to each child of this process. Descendants that lose their parent become children.
void kill_children() {
  const int file = ::open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  std::array<char, 4096> text;
  pid_t pid = 0;
  for (ssize_t size = 0; (size = ::read(file, text.data(), text.size())) > 0;) {
    for (ssize_t i = 0; i < size; ++i) {
      const char c = text[static_cast<std::size_t>(i)];
      if (c >= '0' && c <= '9') {
        pid = pid * 10 + (c - '0');
      } else if (pid > 0) {
        ::kill(pid, SIGKILL);
        pid = 0;
      }
    }
  }
  if (pid > 0) ::kill(pid, SIGKILL);
  ::close(file);
}

void end_descendants(pid_t program) {
  const timespec pause{0, 2'000'000};
  ::kill(-program, SIGKILL);
  for (int i = 0; i < last_tries; ++i) {
    kill_children();
    pid_t reaped = 0;
    do {
      reaped = ::waitpid(-1, nullptr, WNOHANG);
    } while (reaped > 0);
    if (reaped < 0 && errno == ECHILD) return;
    ::nanosleep(&pause, nullptr);
  }
}

[[noreturn]] void supervise(const Plan& plan) {
  ::setsid();
  ::prctl(PR_SET_NAME, "endure-run");
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::signal(SIGCHLD, SIG_DFL);
  close_others(plan);
  const pid_t program = ::fork();
  if (program < 0) {
    const int error = errno;
    static_cast<void>(!::write(plan.failure, &error, sizeof error));
    ::_exit(1);
  }
  if (program == 0) run_program(plan);
  for (const int descriptor : {plan.in, plan.out, plan.err, plan.failure}) ::close(descriptor);

  const int process = static_cast<int>(::syscall(SYS_pidfd_open, program, 0));
  pollfd items[] = {{plan.life, POLLIN, 0}, {process, POLLIN, 0}};
  int status = 0;
  while (::waitpid(program, &status, WNOHANG) == 0) {
    ::poll(items, 2, process < 0 ? 20 : -1);
    if (items[0].revents != 0) {
      ::kill(-program, SIGKILL);
      ::kill(program, SIGKILL);
      items[0].fd = -1;
      items[0].revents = 0;
    }
  }
  end_descendants(program);
  static_cast<void>(!::write(plan.status, &status, sizeof status));
  ::_exit(0);
}

// -- the caller's side ----------------------------------------------------------

struct Pipe {
  int read = -1;
  int write = -1;

  Pipe() = default;
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    if (read >= 0) ::close(read);
    if (write >= 0) ::close(write);
  }
  bool make() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return false;
    read = ends[0];
    write = ends[1];
    return true;
  }
};

int take(int& descriptor) {
  const int taken = descriptor;
  descriptor = -1;
  return taken;
}

Failure cannot_start(const SupervisedProgram& program, int error) {
  const bool missing = error == ENOENT || error == ENOTDIR;
  return fail(missing ? Code::not_found : Code::io,
              "'" + program.argv[0] + "' cannot be started: " + std::strerror(error));
}

}  // namespace

Result<Supervisor> start_supervised(const SupervisedProgram& program) {
  Pipe life;
  Pipe status;
  Pipe failure;
  if (!life.make() || !status.make() || !failure.make()) return cannot_start(program, errno);
  const auto argv = pointers_of(program.argv);
  const auto environment = pointers_of(program.environment);
  const Plan plan{argv.data(), environment.data(), program.folder.c_str(),
                  program.in,  program.out,        program.err,
                  life.read,   status.write,       failure.write};
  // Our signals must not reach a handler of ours in the child.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::fork();
  if (pid == 0) supervise(plan);
  const int fork_error = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) return cannot_start(program, fork_error);

  ::close(take(failure.write));
  int error = 0;
  ssize_t size = 0;
  do {
    size = ::read(failure.read, &error, sizeof error);
  } while (size < 0 && errno == EINTR);
  if (size == static_cast<ssize_t>(sizeof error)) {
    ::close(take(life.write));
    ::waitpid(pid, nullptr, 0);
    return cannot_start(program, error);
  }
  return Supervisor{pid, take(life.write), take(status.read)};
}

}  // namespace endure
