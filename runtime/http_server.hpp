// The HTTP API on a socket.
//
// Each connection has a thread of its own, up to `max_connections`; while all are taken, the one
// that idles longest makes room. Handlers wait on the engine with a deadline, so that no request
// holds its connection for ever.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "actors/engine.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "persistence/store.hpp"
#include "runtime/http/fellows.hpp"
#include "runtime/http/limits.hpp"
#include "workflow/expression.hpp"
#include "workflow/resources.hpp"
#include "workflow/run_abilities.hpp"

namespace endure::runtime {

struct HttpServerConfig {
  std::string host = "127.0.0.1";          // an address, or a name that resolves to one
  std::uint16_t port = 7450;               // 0: the system chooses
  std::vector<std::string> bearer_tokens;  // none: no authentication
  std::vector<std::string> allowed_hosts;  // further names in the Host header; "*": every name
  std::size_t threads = 8;                 // kept ready
  std::size_t max_connections = 512;
  std::int64_t keep_alive_ms = 30'000;  // an idle connection is closed after this
  std::int64_t request_ms = 30'000;     // for a request to arrive whole
  std::int64_t write_ms = 10'000;       // for a client to take more of a response
  std::int64_t stop_grace_ms = 3'000;   // for requests under way when the server stops
  std::string version = "0.1.0";
  http::Limits limits;
  workflow::RunAbilities run;                        // what definitions may ask for
  workflow::ExternalResources* resources = nullptr;  // what definitions name; null: nothing is read
  http::Fellows* fellows = nullptr;                  // the cluster; null: there is none
};

class HttpServer {
 public:
  // What is given must outlive the server. `expressions` is used to check definitions.
  HttpServer(HttpServerConfig config, actors::Engine& engine, persistence::Store& store,
             workflow::Expressions& expressions, Clock& clock);
  ~HttpServer();  // stops
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Binds and serves on threads of its own. Code::io where the address cannot be bound.
  Result<void> start();
  std::uint16_t port() const;  // after start()
  // What /readyz says; false at first.
  void set_ready(bool ready);
  // Answers what another node of the cluster has passed on. Any thread; may block as a request
  // does.
  http::Response answer(http::Request request);
  // Takes no more requests, ends long polls at once and gives the others `stop_grace_ms`; returns
  // when all threads have ended. Any thread but the server's own; a second call does nothing.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace endure::runtime
