// The node's figures in Prometheus' text format (0.0.4). Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "actors/engine.hpp"
#include "runtime/http/request_counters.hpp"

namespace endure::runtime {

struct MetricsInput {
  std::string version;
  actors::EngineStats stats;
  std::vector<actors::QueueView> queues;
  std::vector<actors::EventTypeView> events;
  std::vector<actors::SinkView> sinks;
  std::vector<StuckJob> stuck;
  std::uint64_t stuck_total = 0;  // since the start
  std::vector<actors::ActorView> tree;
  http::RequestCounters::Totals requests;
  workflow::Json cluster;  // what /v1/cluster tells; null: there is none
  std::uint64_t long_polls = 0;
  bool ready = false;
  Instant now;
};

std::string write_metrics(const MetricsInput& input);

}  // namespace endure::runtime
