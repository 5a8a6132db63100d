#include "runtime/http/socket_stream.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace endure::http {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

bool wait_for(int socket, short events, steady_clock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
    if (left.count() < 0) return false;
    pollfd entry{socket, events, 0};
    const int n = ::poll(&entry, 1, static_cast<int>(left.count()) + 1);
    if (n > 0) return true;
    if (n < 0 && errno != EINTR) return false;
  }
}

}  // namespace

bool SocketStream::fill(SteadyTime deadline) {
  if (!wait_for(socket_, POLLIN, deadline)) {
    timed_out_ = true;
    return false;
  }
  while (true) {
    const auto n = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    begin_ = 0;
    end_ = static_cast<std::size_t>(n);
    return true;
  }
}

bool SocketStream::wait_for_request() {
  if (begin_ < end_) return true;  // pipelined
  const bool arrived = fill(steady_clock::now() + milliseconds(limits_.keep_alive_ms));
  timed_out_ = false;
  return arrived;
}

void SocketStream::begin_request() {
  deadline_ = steady_clock::now() + milliseconds(limits_.request_ms);
  in_head_ = true;
  head_bytes_ = line_bytes_ = 0;
  head_too_large_ = timed_out_ = anything_written_ = false;
}

bool SocketStream::count_head(const char* bytes, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    line_bytes_ = bytes[i] == '\n' ? 0 : line_bytes_ + 1;
    if (++head_bytes_ > limits_.max_head_bytes || line_bytes_ > limits_.max_line_bytes) {
      head_too_large_ = true;
      return false;
    }
  }
  return true;
}

ssize_t SocketStream::read(char* to, std::size_t size) {
  if (head_too_large_ || timed_out_) return -1;
  if (begin_ == end_ && !fill(deadline_)) return timed_out_ ? -1 : 0;
  const auto n = std::min(size, end_ - begin_);
  if (in_head_ && !count_head(buffer_.data() + begin_, n)) return -1;
  std::memcpy(to, buffer_.data() + begin_, n);
  begin_ += n;
  return static_cast<ssize_t>(n);
}

ssize_t SocketStream::write(const char* from, std::size_t size) {
  anything_written_ = true;
  while (true) {
    const auto n = ::send(socket_, from, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0) return n;
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return -1;
    if (!wait_for(socket_, POLLOUT, steady_clock::now() + milliseconds(limits_.write_ms))) {
      return -1;
    }
  }
}

void SocketStream::linger() {
  constexpr std::size_t most_bytes = 4U << 20U;
  const auto deadline = steady_clock::now() + milliseconds(500);
  ::shutdown(socket_, SHUT_WR);
  for (std::size_t read = 0; read < most_bytes && fill(deadline);) read += end_ - begin_;
  begin_ = end_ = 0;
}

bool SocketStream::is_readable() const {
  return begin_ < end_;
}
bool SocketStream::is_writable() const {
  return true;
}

void SocketStream::get_remote_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}

void SocketStream::get_local_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}

}  // namespace endure::http
