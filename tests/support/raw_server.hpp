// An HTTP server for tests that answers whatever bytes it is told, so that every kind of broken
// peer can be played. One connection after the other, one request each.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/catch.hpp"

namespace endure::testing {

class RawServer {
 public:
  // From a whole request (head and body) to the bytes to send; the connection is closed after them.
  using Answer = std::function<std::string(const std::string& request)>;

  explicit RawServer(Answer answer)
      : answer_(std::move(answer)), socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(socket_, raw, size) == 0);
    REQUIRE(::listen(socket_, 64) == 0);
    REQUIRE(::getsockname(socket_, raw, &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~RawServer() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  std::string url(const std::string& path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void serve() {
    while (true) {
      const int connection = ::accept(socket_, nullptr, nullptr);
      if (connection < 0) return;
      const std::string request = read_request(connection);
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      const std::string bytes = answer_(request);
      for (std::size_t sent = 0; sent < bytes.size();) {
        const auto n = ::send(connection, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (n <= 0) break;
        sent += static_cast<std::size_t>(n);
      }
      ::close(connection);
    }
  }

  static std::string read_request(int connection) {
    std::string request;
    char bytes[16'384];
    while (true) {
      const auto end = request.find("\r\n\r\n");
      if (end != std::string::npos) {
        const auto at = request.find("Content-Length: ");
        const std::size_t length =
            at == std::string::npos ? 0 : std::strtoul(request.c_str() + at + 16, nullptr, 10);
        if (request.size() >= end + 4 + length) return request;
      }
      const auto n = ::recv(connection, bytes, sizeof bytes, 0);
      if (n <= 0) return request;
      request.append(bytes, static_cast<std::size_t>(n));
    }
  }

  Answer answer_;
  int socket_;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

inline std::string http_answer(const std::string& status, const std::string& type,
                               const std::string& body, const std::string& headers = {}) {
  return "HTTP/1.1 " + status + "\r\nContent-Type: " + type +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n" +
         headers + "\r\n" + body;
}

}  // namespace endure::testing
