// One kept-alive HTTP connection to a node: as little work as a client can do, so that it is the
// node that is measured. One thread at a time.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace endure::benchmarks {

struct HttpAnswer {
  int status = 0;
  int retry_after_s = 0;  // 0: the node has not said
  std::string body;

  nlohmann::json json() const { return nlohmann::json::parse(body, nullptr, false); }
};

class HttpLine {
 public:
  // Connects with the first call.
  explicit HttpLine(std::uint16_t port) : port_(port) {}
  ~HttpLine();
  HttpLine(HttpLine&& other) noexcept;
  HttpLine& operator=(HttpLine&&) = delete;

  // Code::io where no node answers; the next call connects anew.
  Result<HttpAnswer> get(const std::string& target);
  Result<HttpAnswer> post(const std::string& target, std::string_view body);

 private:
  Result<HttpAnswer> call(std::string_view head, std::string_view body);
  bool connect();
  bool send_all(std::string_view bytes);
  bool receive_more();
  bool read_answer(HttpAnswer& answer);
  void close();

  std::uint16_t port_;
  int socket_ = -1;
  std::string received_;
};

}  // namespace endure::benchmarks
