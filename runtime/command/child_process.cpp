#include "runtime/command/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <utility>

#include "runtime/command/supervisor.hpp"

namespace endure {

namespace {

constexpr int cancel_check_ms = 100;
constexpr std::size_t chunk_bytes = 64 * 1024;

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { close(); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

struct Pipe {
  Descriptor read;
  Descriptor write;

  bool make() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return false;
    read = Descriptor(ends[0]);
    write = Descriptor(ends[1]);
    return true;
  }
};

void set_nonblocking(const Descriptor& descriptor) {
  ::fcntl(descriptor.get(), F_SETFL, ::fcntl(descriptor.get(), F_GETFL) | O_NONBLOCK);
}

// A program that does not read its input must not end us: SIGPIPE is held off this thread, and one
// that came meanwhile is taken before it is let in again.
class NoSigpipe {
 public:
  NoSigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoSigpipe() {
    if (sigismember(&before_, SIGPIPE) == 1) return;
    const timespec now{};
    while (sigtimedwait(&pipe_, nullptr, &now) > 0) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t pipe_{};
  sigset_t before_{};
};

class Child {
 public:
  Child(const ChildCommand& command, Clock& clock) : command_(command), clock_(clock) {}

  Result<void> start() {
    Pipe in;
    Pipe out;
    Pipe err;
    if (!in.make() || !out.make() || !err.make()) {
      return fail(Code::io, std::string("no pipe could be made: ") + std::strerror(errno));
    }
    auto spawned = command_.supervised
                       ? spawn_supervised(in.read.get(), out.write.get(), err.write.get())
                       : spawn(in.read.get(), out.write.get(), err.write.get());
    if (!spawned) return spawned;
    // By number: the header of glibc 2.36 declares pidfd_open() without C linkage.
    process_ = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    in_ = std::move(in.write);
    out_ = std::move(out.read);
    err_ = std::move(err.read);
    for (const auto* descriptor : {&in_, &out_, &err_}) set_nonblocking(*descriptor);
    if (command_.input.empty()) in_.close();
    return {};
  }

  ChildEnd run(const std::function<bool()>& cancelled) {
    const NoSigpipe no_sigpipe;
    const std::int64_t began_ms = clock_.steady_ms();
    while (!ended()) {
      if (cancelled()) kill_as(ChildEnd::How::cancelled);
      if (command_.time_limit_ms > 0 && clock_.steady_ms() - began_ms >= command_.time_limit_ms) {
        kill_as(ChildEnd::How::timed_out);
      }
      wait_and_move_bytes();
    }
    read_output();
    read_errors();
    return std::move(end_);
  }

 private:
  Result<void> spawn(int in, int out, int err) {
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, err, STDERR_FILENO);
    // Our signal mask and our ignored signals are our own business.
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    std::vector<char*> arguments;
    for (const auto& argument : command_.argv) arguments.push_back(text_of(argument));
    arguments.push_back(nullptr);
    std::vector<char*> environment;
    for (const auto& item : command_.environment) environment.push_back(text_of(item));
    for (char** item = environ; *item != nullptr; ++item) {
      if (!is_replaced(*item)) environment.push_back(*item);
    }
    environment.push_back(nullptr);
    const int error = ::posix_spawnp(&pid_, arguments[0], &files, &attributes, arguments.data(),
                                     environment.data());
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    if (error == 0) return {};
    return fail(error == ENOENT ? Code::not_found : Code::io,
                "'" + command_.argv[0] + "' cannot be started: " + std::strerror(error));
  }

  Result<void> spawn_supervised(int in, int out, int err) {
    auto started =
        start_supervised({command_.argv, command_.environment, command_.folder, in, out, err});
    if (!started) return Failure(started.error());
    pid_ = started->pid;
    life_ = Descriptor(started->life);
    status_ = Descriptor(started->status);
    return {};
  }

  bool is_replaced(std::string_view item) const {
    const auto name = item.substr(0, item.find('=') + 1);
    return std::any_of(
        command_.environment.begin(), command_.environment.end(),
        [&](const std::string& own) { return own.compare(0, name.size(), name) == 0; });
  }

  // posix_spawn takes pointers to char that it does not write through.
  static char* text_of(const std::string& text) { return const_cast<char*>(text.c_str()); }

  bool ended() {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return false;
    if (status_.open()) {
      int inner = 0;
      const bool whole = ::read(status_.get(), &inner, sizeof inner) == sizeof inner;
      status = whole ? inner : SIGKILL;  // the supervisor itself was killed
    }
    if (end_.how == ChildEnd::How::exited) {
      if (WIFSIGNALED(status)) end_.how = ChildEnd::How::signalled;
      end_.code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
    }
    return true;
  }

  void kill_as(ChildEnd::How how) {
    if (end_.how != ChildEnd::How::exited) return;  // is being killed already
    end_.how = how;
    if (command_.supervised) {
      life_.close();
    } else {
      ::kill(-pid_, SIGKILL);
    }
  }

  void wait_and_move_bytes() {
    // Closed ones have the descriptor -1, which poll() passes over.
    pollfd items[] = {{process_.get(), POLLIN, 0},
                      {in_.get(), POLLOUT, 0},
                      {out_.get(), POLLIN, 0},
                      {err_.get(), POLLIN, 0}};
    ::poll(items, 4, cancel_check_ms);
    if (items[1].revents != 0) write_input();
    if (items[2].revents != 0) read_output();
    if (items[3].revents != 0) read_errors();
  }

  void write_input() {
    const auto written =
        ::write(in_.get(), command_.input.data() + written_, command_.input.size() - written_);
    if (written >= 0) written_ += static_cast<std::size_t>(written);
    const bool failed = written < 0 && errno != EAGAIN && errno != EINTR;
    if (failed || written_ == command_.input.size()) in_.close();
  }

  // All that is there now; closes the pipe at its end.
  template <class Take>
  static void read_all(Descriptor& pipe, Take take) {
    char chunk[chunk_bytes];
    while (pipe.open()) {
      const auto size = ::read(pipe.get(), chunk, sizeof chunk);
      if (size < 0 && errno == EINTR) continue;
      if (size < 0 && errno == EAGAIN) return;
      if (size <= 0) return pipe.close();
      if (!take(std::string_view(chunk, static_cast<std::size_t>(size)))) return;
    }
  }

  void read_output() {
    read_all(out_, [this](std::string_view bytes) {
      if (end_.output.size() + bytes.size() > command_.max_output_bytes) {
        kill_as(ChildEnd::How::too_much_output);
        out_.close();
        return false;
      }
      end_.output += bytes;
      return true;
    });
  }

  void read_errors() {
    read_all(err_, [this](std::string_view bytes) {
      auto& tail = end_.error_tail;
      if (command_.supervised && tail.size() + bytes.size() > command_.max_error_bytes) {
        kill_as(ChildEnd::How::too_much_output);
        err_.close();
        return false;
      }
      tail += bytes;
      if (tail.size() > command_.max_error_bytes) {
        tail.erase(0, tail.size() - command_.max_error_bytes);
      }
      return true;
    });
  }

  const ChildCommand& command_;
  Clock& clock_;
  pid_t pid_ = -1;
  Descriptor process_;
  Descriptor life_;    // of a supervised program
  Descriptor status_;  // the same
  Descriptor in_;
  Descriptor out_;
  Descriptor err_;
  std::size_t written_ = 0;
  ChildEnd end_;
};

}  // namespace

Result<ChildEnd> run_child(const ChildCommand& command, const std::function<bool()>& cancelled,
                           Clock& clock) {
  if (command.argv.empty()) return fail(Code::invalid, "no program is named");
  Child child(command, clock);
  if (auto started = child.start(); !started) return Failure(started.error());
  return child.run(cancelled);
}

}  // namespace endure
