// One HTTP call in the hands of libcurl. Used by the caller's thread alone; does not move, because
// libcurl keeps its address.
#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <memory>

#include "runtime/http_call/request.hpp"
#include "runtime/http_call/response.hpp"

namespace endure::http_call {

struct TransferLimits {
  std::int64_t connect_timeout_ms = 10'000;
  std::int64_t timeout_ms = 60'000;  // for the whole call
  std::size_t max_response_bytes = 4U << 20U;
  long max_redirects = 10;
};

class Transfer {
 public:
  Transfer(Request request, TransferLimits limits);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  CURL* handle() const { return handle_.get(); }
  // What became of it, once libcurl is done.
  Outcome finish(CURLcode code);

 private:
  static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* self);
  static std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* self);
  void set_up();
  void set_body();
  workflow::Fault failure(CURLcode code) const;

  Request request_;
  TransferLimits limits_;
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle_;
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers_;
  char error_[CURL_ERROR_SIZE] = {};
  Response response_;
  std::size_t header_bytes_ = 0;
  bool too_large_ = false;
};

}  // namespace endure::http_call
