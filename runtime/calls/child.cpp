#include "runtime/calls/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/argv.hpp"
#include "base/utf8.hpp"

namespace endure::calls {

namespace {

constexpr std::size_t chunk_bytes = 64U << 10U;
constexpr std::size_t most_errors = 2'000;

// A program of a definition gets these of the node's environment and no more: what else is there
// may be secret.
constexpr std::array<const char*, 8> passed_on = {"PATH", "HOME",   "USER",   "LANG",
                                                  "TZ",   "LC_ALL", "TMPDIR", "SHELL"};

void close_fd(int& fd) {
  if (fd >= 0) ::close(std::exchange(fd, -1));
}

struct Pipe {
  int read = -1;
  int write = -1;
  ~Pipe() {
    close_fd(read);
    close_fd(write);
  }
  bool make() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return false;
    read = ends[0];
    write = ends[1];
    return true;
  }
};

void set_nonblocking(int fd) {
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
}

std::vector<std::string> environment_of(const Program& program) {
  std::vector<std::string> environment = program.environment;
  for (const char* name : passed_on) {
    const std::string start = std::string(name) + "=";
    const bool given = std::any_of(environment.begin(), environment.end(),
                                   [&](const auto& item) { return item.starts_with(start); });
    const char* value = std::getenv(name);
    if (!given && value != nullptr) environment.push_back(start + value);
  }
  return environment;
}

int spawn(pid_t& pid, const Program& program, int in, int out, int err) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, err, STDERR_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  const auto environment = environment_of(program);
  const int error =
      ::posix_spawnp(&pid, program.argv.front().c_str(), &files, &attributes,
                     pointers_of(program.argv).data(), pointers_of(environment).data());
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  return error;
}

}  // namespace

Result<void> Child::start(const Program& program) {
  Pipe in;
  Pipe out;
  Pipe err;
  if (!in.make() || !out.make() || !err.make()) {
    return fail(Code::io, std::string("no pipe could be made: ") + std::strerror(errno));
  }
  if (const int error = spawn(pid_, program, in.read, out.write, err.write); error != 0) {
    pid_ = -1;
    return fail(error == ENOENT ? Code::not_found : Code::io,
                "'" + program.argv.front() + "' cannot be started: " + std::strerror(error));
  }
  // By number: the header of glibc 2.36 declares pidfd_open() without C linkage.
  process_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  in_ = std::exchange(in.write, -1);
  out_ = std::exchange(out.read, -1);
  err_ = std::exchange(err.read, -1);
  for (const int fd : {in_, out_, err_}) set_nonblocking(fd);
  max_output_bytes_ = program.max_output_bytes;
  return {};
}

Child::~Child() {
  if (pid_ > 0) {
    ::kill(-pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  for (int* fd : {&process_, &in_, &out_, &err_}) close_fd(*fd);
}

void Child::write_line(const std::string& line) {
  if (in_ < 0) return;
  to_write_ += line + "\n";
  write_input();
}

void Child::close_input() {
  closing_ = true;
  write_input();
}

std::vector<std::pair<int, bool>> Child::descriptors() const {
  std::vector<std::pair<int, bool>> all;
  if (!ended_ && process_ >= 0) all.emplace_back(process_, false);
  if (in_ >= 0 && !to_write_.empty()) all.emplace_back(in_, true);
  for (const int fd : {out_, err_}) {
    if (fd >= 0) all.emplace_back(fd, false);
  }
  return all;
}

void Child::pump() {
  if (ended_) return;
  write_input();
  read_errors();
  read_output();
  pollfd item{process_, POLLIN, 0};
  if (ended_ || ::poll(&item, 1, 0) <= 0) return;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return;
  ::kill(-pid_, SIGKILL);  // whatever it left behind
  pid_ = -1;
  read_output();
  read_errors();
  if (ended_) return;
  std::string why = WIFSIGNALED(status)
                        ? "was ended by signal " + std::to_string(WTERMSIG(status))
                        : "ended with exit code " + std::to_string(WEXITSTATUS(status));
  while (!errors_.empty() && !is_utf8(errors_)) errors_.erase(0, 1);
  if (!errors_.empty()) why += ": " + errors_;
  end(why);
}

void Child::end(const std::string& why) {
  if (std::exchange(ended_, true)) return;
  on_end_(why);
}

void Child::write_input() {
  while (in_ >= 0 && !to_write_.empty()) {
    const auto n = ::write(in_, to_write_.data(), to_write_.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return;
    if (n < 0) return close_fd(in_);
    to_write_.erase(0, static_cast<std::size_t>(n));
  }
  if (closing_) close_fd(in_);
}

void Child::read_output() {
  char chunk[chunk_bytes];
  while (out_ >= 0 && !ended_) {
    const auto size = ::read(out_, chunk, sizeof chunk);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) return close_fd(out_);
    output_bytes_ += static_cast<std::size_t>(size);
    if (output_bytes_ > max_output_bytes_) {
      return end("wrote more than " + std::to_string(max_output_bytes_) + " bytes");
    }
    rest_.append(chunk, static_cast<std::size_t>(size));
    for (auto at = rest_.find('\n'); at != std::string::npos; at = rest_.find('\n')) {
      const std::string line = rest_.substr(0, at);
      rest_.erase(0, at + 1);
      on_line_(line);
    }
  }
}

void Child::read_errors() {
  char chunk[chunk_bytes];
  while (err_ >= 0) {
    const auto size = ::read(err_, chunk, sizeof chunk);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) return close_fd(err_);
    errors_.append(chunk, static_cast<std::size_t>(size));
    if (errors_.size() > most_errors) errors_.erase(0, errors_.size() - most_errors);
  }
}

}  // namespace endure::calls
