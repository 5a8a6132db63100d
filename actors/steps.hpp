// What the engine and its workers say to each other of a step: the token that proves who holds it,
// the step as it is handed out, and the sink that a worker hands in for its steps.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "persistence/records.hpp"
#include "workflow/event.hpp"

namespace endure::actors {

// Proves the right to end a step: without a fitting token nothing changes.
struct StepToken {
  persistence::StepKey key;
  std::uint32_t attempt = 1;
  std::uint64_t epoch = 0;

  bool operator==(const StepToken&) const = default;
};

// Opaque text for workers: "queue|priority|enqueued|workflow|wait|attempt|epoch" in base64url.
std::string to_text(const StepToken& token);
Result<StepToken> token_from(const std::string& text);

struct LeasedStep {
  StepToken token;
  WorkflowName name;
  std::string task;
  std::int64_t lease_ms = 0;    // extend it by heartbeat before this has passed
  std::string idempotency_key;  // the same for every attempt of this step
  std::string arguments;        // msgpack
};

using ConsumerId = std::uint64_t;

// How a consumer stands to a step whose lease has run out by the queue's clock.
struct Overdue {
  enum class Step {
    lost,      // it has had its time: the attempt is over
    returned,  // it was not begun, and the consumer does not have it any more: costs no attempt
    begun,     // it lay behind others and was begun late: its time is not over yet
  };
  Step step = Step::lost;
  std::int64_t left_ms = 0;  // begun: until its time is over
};

// Where a consumer's steps go. Called on engine threads; must be quick and must not throw.
class StepSink {
 public:
  virtual ~StepSink() = default;
  virtual void deliver(std::vector<LeasedStep> steps) = 0;
  // The step was taken away: its lease ran out, or its workflow no longer waits for it.
  virtual void revoke(const StepToken& token, const std::string& why) = 0;
  // The step's lease ran out: asked again each time that what it answered is over.
  virtual Overdue overdue(const StepToken& /*token*/) { return {}; }
};

struct StepFailure {
  workflow::Fault fault;
  bool retryable = true;
  std::optional<std::int64_t> retry_after_ms;  // at least this long (Retry-After of a rate limit)
};

}  // namespace endure::actors
