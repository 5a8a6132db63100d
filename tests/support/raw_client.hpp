// A TCP client for tests that sends exactly what it is told and reads HTTP responses.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "tests/support/catch.hpp"

namespace endure::testing {

class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  ~RawClient() { ::close(socket_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  // False where the peer has closed.
  bool send(const std::string& text) {
    std::size_t sent = 0;
    while (sent < text.size()) {
      const auto n = ::send(socket_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) return false;
      sent += static_cast<std::size_t>(n);
    }
    return true;
  }

  // "GET /x HTTP/1.1" with a Host and whatever more is given.
  bool request(const std::string& line, const std::string& headers = {},
               const std::string& body = {}) {
    return send(line + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + headers + "\r\n" + body);
  }

  struct Answer {
    int status = 0;  // 0: no response came
    std::string head;
    std::string body;
    bool says(const std::string& text) const {
      return head.find(text) != std::string::npos || body.find(text) != std::string::npos;
    }
  };
  Answer read() {
    Answer answer;
    while (buffer_.find("\r\n\r\n") == std::string::npos) {
      if (!fill()) return answer;
    }
    const auto end = buffer_.find("\r\n\r\n") + 4;
    answer.head = buffer_.substr(0, end);
    buffer_.erase(0, end);
    answer.status = std::atoi(answer.head.substr(9, 3).c_str());
    const auto length_at = answer.head.find("Content-Length: ");
    const std::size_t length =
        length_at == std::string::npos
            ? 0
            : std::strtoul(answer.head.c_str() + length_at + 16, nullptr, 10);
    while (buffer_.size() < length && fill()) {
    }
    answer.body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return answer;
  }

  // True where the peer closes within the time.
  bool closed(int timeout_ms = 5'000) {
    while (fill(timeout_ms)) {
    }
    return closed_;
  }

 private:
  bool fill(int timeout_ms = 20'000) {
    pollfd entry{socket_, POLLIN, 0};
    if (::poll(&entry, 1, timeout_ms) <= 0) return false;
    char bytes[16'384];
    const auto n = ::recv(socket_, bytes, sizeof bytes, 0);
    closed_ = n <= 0;
    if (n > 0) buffer_.append(bytes, static_cast<std::size_t>(n));
    return n > 0;
  }

  int socket_;
  bool closed_ = false;
  std::string buffer_;
};

}  // namespace endure::testing
