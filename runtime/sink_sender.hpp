// Sends lifecycle events, and what `emit` tasks emit, to the sinks that are configured: CloudEvents
// over HTTP in structured mode, each at least once, those of one workflow in their order.
//
// One thread runs all transfers through libcurl. The events lie in the store until their sink has
// taken them; a sink that is down is asked again, more and more seldom, and stops nothing else.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "actors/engine.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "persistence/store.hpp"
#include "runtime/sinks/sink_queue.hpp"

namespace endure::runtime {

struct SinkSenderConfig {
  struct Sink {
    std::string url;
    std::string token;  // sent as a bearer token, where not empty
  };
  std::vector<Sink> sinks;
  std::uint64_t max_backlog = 100'000;  // events of one sink; beyond it, its oldest are given up
  std::int64_t connect_timeout_ms = 5'000;
  std::int64_t timeout_ms = 20'000;  // for one event
  std::int64_t look_ms = 1'000;      // at the store, also where nobody says that there is more
  std::int64_t count_ms = 10'000;    // how often a backlog is counted
  sinks::QueueLimits queue;
};

class SinkSender {
 public:
  // What is given must outlive the sender.
  SinkSender(SinkSenderConfig config, actors::Engine& engine, persistence::Store& store,
             Clock& clock);
  ~SinkSender();  // stops
  SinkSender(const SinkSender&) = delete;
  SinkSender& operator=(const SinkSender&) = delete;

  // Gives up what is stored for sinks that are not configured any more. Code::io where libcurl
  // cannot be set up.
  Result<void> start();
  // Ends transfers under way; what a sink did not say that it has is sent again at the next start.
  // Stop it before the engine. A second call does nothing.
  void stop();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace endure::runtime
