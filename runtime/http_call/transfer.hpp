// One HTTP call in the hands of libcurl. Used by the caller's thread alone; does not move, because
// libcurl keeps its address.
#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/http_call/request.hpp"
#include "runtime/http_call/response.hpp"

namespace endure::http_call {

struct TransferLimits {
  std::int64_t connect_timeout_ms = 10'000;
  std::int64_t timeout_ms = 60'000;  // for the whole call
  std::size_t max_response_bytes = 4U << 20U;
  long max_redirects = 10;
  curl_slist* connect_to = nullptr;  // libcurl's form; must outlive the transfer
  std::string ca_file;               // trusted besides the system's; empty: none
};

// Takes the bytes of a successful response that is a stream of events as they come, instead of its
// body being kept. False ends the transfer, which counts as a success.
using OnBytes = std::function<bool(std::string_view)>;

class Transfer {
 public:
  Transfer(Request request, TransferLimits limits, OnBytes on_bytes = {});
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  CURL* handle() const { return handle_.get(); }
  // What became of it, once libcurl is done.
  Reply finish(CURLcode code);
  // The same, read as the request asks for it.
  Outcome outcome(CURLcode code);

 private:
  static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* self);
  static std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* self);
  void set_up();
  void set_body();
  int status() const;
  bool streams() const;
  workflow::Fault failure(CURLcode code) const;

  Request request_;
  TransferLimits limits_;
  OnBytes on_bytes_;
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle_;
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers_;
  char error_[CURL_ERROR_SIZE] = {};
  Response response_;
  std::size_t header_bytes_ = 0;
  bool too_large_ = false;
  bool enough_ = false;  // on_bytes_ wants no more
};

}  // namespace endure::http_call
