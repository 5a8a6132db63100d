// The node's own calls: its worker of the queue `endure.http`, on which the language's calls of
// HTTP, OpenAPI, AsyncAPI, MCP and A2A lie as steps. What each of them does stands in
// runtime/calls.
//
// One thread runs all calls through libcurl; heartbeats keep the leases of long ones. A call's
// error is final for the queue: whether it is tried again is for the definition's try/retry to say.
// A call that was under way when the node died is made again, with the same Idempotency-Key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "actors/engine.hpp"
#include "base/result.hpp"
#include "runtime/secrets.hpp"

namespace endure::runtime {

struct HttpCallerConfig {
  std::int64_t connect_timeout_ms = 10'000;
  std::int64_t timeout_ms = 60'000;            // for a whole call
  std::size_t max_response_bytes = 4U << 20U;  // after decompression
  std::uint32_t concurrency = 64;              // calls at one time
  std::uint32_t max_redirects = 10;
  std::int64_t stream_timeout_ms = 600'000;  // for a stream of events
  std::string queue = "endure.http";
  std::string name = "endure-http";     // as its queue shows it
  std::vector<std::string> connect_to;  // libcurl's form: "host:port:to-host:to-port"
  std::string ca_file;                  // PEM; trusted besides the system's
  std::size_t max_document_bytes = 4U << 20U;
  std::int64_t document_cache_ms = 300'000;
  SecretsConfig secrets;
};

class HttpCaller {
 public:
  HttpCaller(HttpCallerConfig config, actors::Engine& engine);
  ~HttpCaller();  // stops
  HttpCaller(const HttpCaller&) = delete;
  HttpCaller& operator=(const HttpCaller&) = delete;

  // Code::io where libcurl cannot be set up.
  Result<void> start();
  // Ends calls under way; their steps go back to the queue and count an attempt. Stop it before the
  // engine. A second call does nothing.
  void stop();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace endure::runtime
