// What a request may ask for. Each limit has its own error.
#pragma once

#include <cstddef>
#include <cstdint>

namespace endure::http {

struct Limits {
  std::size_t max_body_bytes = 1U << 20U;
  std::size_t max_id_length = 200;  // of a workflow; base/ids.hpp allows no more
  std::size_t max_depth = 64;       // nesting of JSON
  std::size_t max_query_bytes = 4'096;
  std::size_t max_reason_bytes = 1'000;
  std::size_t max_heartbeat_tokens = 1'000;
  std::size_t max_lease_steps = 256;        // in one lease call
  std::size_t max_starts = 1'000;           // in one call
  std::size_t max_pending_starts = 20'000;  // under way at one time
  std::int64_t max_wait_ms = 60'000;        // of a long poll
  std::size_t max_long_polls = 128;         // at one time
  std::size_t max_page = 1'000;
  std::size_t max_redriven = 100'000;      // in one call
  std::int64_t call_deadline_ms = 10'000;  // for the engine's answer
};

}  // namespace endure::http
