#include "benchmarks/http_line.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

namespace endure::benchmarks {

namespace {

constexpr timeval longest_silence{120, 0};

// The number behind a header's name; `absent` where the head has none.
long header_number(std::string_view head, std::string_view name, long absent) {
  const auto at = head.find(name);
  if (at == std::string_view::npos) return absent;
  return std::strtol(head.data() + at + name.size(), nullptr, 10);
}

}  // namespace

HttpLine::~HttpLine() {
  close();
}

HttpLine::HttpLine(HttpLine&& other) noexcept
    : port_(other.port_),
      socket_(std::exchange(other.socket_, -1)),
      received_(std::move(other.received_)) {}

Result<HttpAnswer> HttpLine::get(const std::string& target) {
  return call("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", {});
}

Result<HttpAnswer> HttpLine::post(const std::string& target, std::string_view body) {
  return call("POST " + target +
                  " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                  "Content-Length: " +
                  std::to_string(body.size()) + "\r\n\r\n",
              body);
}

Result<HttpAnswer> HttpLine::call(std::string_view head, std::string_view body) {
  HttpAnswer answer;
  if ((socket_ < 0 && !connect()) || !send_all(std::string(head).append(body)) ||
      !read_answer(answer)) {
    close();
    return fail(Code::io, "no node answers at port " + std::to_string(port_));
  }
  return answer;
}

bool HttpLine::connect() {
  received_.clear();
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &longest_silence, sizeof longest_silence);
  return ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

bool HttpLine::send_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool HttpLine::receive_more() {
  char buffer[1U << 16U];
  const auto size = ::recv(socket_, buffer, sizeof buffer, 0);
  if (size <= 0) return false;
  received_.append(buffer, static_cast<std::size_t>(size));
  return true;
}

bool HttpLine::read_answer(HttpAnswer& answer) {
  std::size_t end = 0;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
    if (!receive_more()) return false;
  }
  const std::string_view head(received_.data(), end + 2);
  if (head.size() < 12) return false;
  answer.status = static_cast<int>(std::strtol(head.data() + 9, nullptr, 10));
  answer.retry_after_s = static_cast<int>(header_number(head, "\r\nRetry-After: ", 0));
  const auto size = static_cast<std::size_t>(header_number(head, "\r\nContent-Length: ", 0));
  const bool closes = head.find("\r\nConnection: close") != std::string_view::npos;
  while (received_.size() < end + 4 + size) {
    if (!receive_more()) return false;
  }
  answer.body.assign(received_, end + 4, size);
  received_.erase(0, end + 4 + size);
  if (closes) close();
  return true;
}

void HttpLine::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

}  // namespace endure::benchmarks
