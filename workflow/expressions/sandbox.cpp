#include "workflow/expressions/sandbox.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "workflow/expressions/jq_worker.hpp"

namespace endure::workflow {
namespace {

using Status = wire::Answer::Status;

constexpr std::size_t max_error_bytes = 64U * 1024U;
constexpr int kept_descriptor = 3;  // where stem and worker hold their only socket

// Moves `socket` to a known place and closes everything else: the node's store, sockets and pipes
// are none of a sandbox's business. Output goes nowhere.
void keep_only(int socket) {
  if (socket != kept_descriptor) dup2(socket, kept_descriptor);
  const int null = ::open("/dev/null", O_RDWR);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (null >= 0) {
      dup2(null, standard);
    } else {
      ::close(standard);
    }
  }
  if (syscall(SYS_close_range, kept_descriptor + 1, ~0U, 0) == 0) return;
  const long open_max = sysconf(_SC_OPEN_MAX);
  for (int fd = kept_descriptor + 1; fd < open_max; ++fd) ::close(fd);
}

// The descriptor that came with one message; -1 when the node has gone.
int receive_descriptor() {
  char byte = 0;
  iovec part{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t got = 0;
  do {
    got = ::recvmsg(kept_descriptor, &message, 0);
  } while (got < 0 && errno == EINTR);
  if (got <= 0) return -1;
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return -1;
  int fd = -1;
  std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return fd;
}

// The stem: forks workers until the node closes its socket. Its children are reaped by the kernel.
[[noreturn]] void run_stem(int socket, const ExpressionLimits& limits) {
  setsid();  // a terminal's Ctrl-C is the node's to handle
  keep_only(socket);
  for (int number = 1; number < NSIG; ++number) {
    if (number != SIGKILL && number != SIGSTOP) std::signal(number, SIG_DFL);
  }
  std::signal(SIGCHLD, SIG_IGN);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (;;) {
    const int fd = receive_descriptor();
    if (fd < 0) _exit(0);
    const pid_t pid = fork();
    if (pid == 0) {
      keep_only(fd);
      run_jq_worker(kept_descriptor, limits);
    }
    if (pid < 0) {
      const wire::Header busy{static_cast<std::uint32_t>(Status::busy), 0};
      ::send(fd, &busy, sizeof busy, MSG_NOSIGNAL);
    }
    ::close(fd);
  }
}

bool send_all(int socket, const std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t n = ::send(socket, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    sent += static_cast<std::size_t>(n);
  }
  return true;
}

// Reads into `out` until it holds `size` bytes, or more where more has come. False also when the
// worker closed its end; errno tells (EAGAIN: it did not answer in time).
bool receive(int socket, std::size_t size, std::string& out) {
  std::array<char, 16U * 1024U> piece;
  while (out.size() < size) {
    const ssize_t n = ::recv(socket, piece.data(), piece.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n == 0) errno = 0;
    if (n <= 0) return false;
    out.append(piece.data(), static_cast<std::size_t>(n));
  }
  return true;
}

bool ends_worker(Status status) {
  return status != Status::ok && status != Status::failed;
}

// What a worker that served others before may have brought upon this program.
bool may_be_inherited(Status status) {
  return status == Status::too_big || status == Status::broken;
}

}  // namespace

void Descriptor::reset(int fd) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

Sandbox::Sandbox(const ExpressionLimits& limits) : limits_(limits) {
  const std::lock_guard lock(mutex_);
  start_stem();  // a failure is tried again, and reported, when the first worker is needed
}

Sandbox::~Sandbox() {
  idle_.clear();
  stop_stem();
}

bool Sandbox::start_stem() {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return false;
  Descriptor ours(pair[0]);
  const Descriptor theirs(pair[1]);
  const pid_t pid = fork();
  if (pid < 0) return false;
  if (pid == 0) run_stem(theirs.get(), limits_);
  stem_ = std::move(ours);
  stem_pid_ = pid;
  return true;
}

void Sandbox::stop_stem() {
  stem_.reset();
  if (stem_pid_ > 0) ::waitpid(stem_pid_, nullptr, 0);
  stem_pid_ = -1;
}

bool Sandbox::send_to_stem(int socket) {
  char byte = 0;
  iovec part{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &socket, sizeof socket);
  return ::sendmsg(stem_.get(), &message, MSG_NOSIGNAL) == 1;
}

Sandbox::Worker Sandbox::take(bool fresh) {
  const std::lock_guard lock(mutex_);
  if (!fresh && !idle_.empty()) {
    Worker worker = std::move(idle_.back());
    idle_.pop_back();
    return worker;
  }
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return {};
  Worker worker{Descriptor(pair[0]), false};
  const Descriptor theirs(pair[1]);
  // Bounds a send and a receive each: the last resort where the CPU deadline cannot help. Long, so
  // that a machine that is overloaded or was suspended does not fail innocent expressions.
  const std::int64_t wall_ms = std::max<std::int64_t>(limits_.deadline_ms * 10, 10'000);
  const timeval timeout{wall_ms / 1000, static_cast<suseconds_t>(wall_ms % 1000 * 1000)};
  ::setsockopt(worker.socket.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  ::setsockopt(worker.socket.get(), SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
  if (stem_.is_open() && send_to_stem(theirs.get())) return worker;
  stop_stem();  // it was killed from outside
  if (start_stem() && send_to_stem(theirs.get())) return worker;
  return {};
}

void Sandbox::give_back(Worker worker) {
  const std::lock_guard lock(mutex_);
  worker.used = true;
  if (idle_.size() < limits_.max_idle_processes) idle_.push_back(std::move(worker));
}

wire::Answer Sandbox::ask(Worker& worker, const std::string& program,
                          const std::string& values) const {
  const wire::Header request{static_cast<std::uint32_t>(program.size()),
                             static_cast<std::uint32_t>(values.size())};
  char bytes[sizeof request];
  std::memcpy(bytes, &request, sizeof request);
  std::string message(bytes, sizeof bytes);
  message += program;
  message += values;
  const int socket = worker.socket.get();
  const auto give_up = [] {
    return wire::Answer{errno == EAGAIN ? Status::busy : Status::lost, {}};
  };
  // A failed send does not matter if an answer lies there already: the worker's last words.
  if (!send_all(socket, message) && errno == EAGAIN) return give_up();
  wire::Header header;
  std::string received;
  if (!receive(socket, sizeof header, received)) return give_up();
  std::memcpy(&header, received.data(), sizeof header);
  if (header.first >= static_cast<std::uint32_t>(Status::lost)) return {};
  // An error's text may be longer than a result is allowed to be, but not without end.
  if (header.second > limits_.max_result_bytes + max_error_bytes) return {};
  if (!receive(socket, sizeof header + header.second, received)) return give_up();
  received.erase(0, sizeof header);
  return {static_cast<Status>(header.first), std::move(received)};
}

wire::Answer Sandbox::run(const std::string& program, const std::string& values) {
  for (bool fresh = false;; fresh = true) {
    Worker worker = take(fresh);
    if (!worker.socket.is_open()) return {Status::busy, {}};
    wire::Answer answer = ask(worker, program, values);
    if (!ends_worker(answer.status)) {
      give_back(std::move(worker));
      return answer;
    }
    // `lost` also says that the stem died before it could fork.
    const bool innocent =
        answer.status == Status::lost || (worker.used && may_be_inherited(answer.status));
    if (fresh || !innocent) return answer;
  }
}

}  // namespace endure::workflow
