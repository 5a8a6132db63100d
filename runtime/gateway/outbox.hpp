// What engine threads have for the gateway's thread.
//
// Shared by the gateway and by the replies and sinks it gave to the engine, so that a reply which
// comes after the gateway has gone finds a box that nobody empties, not a dangling pointer.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "actors/engine.hpp"
#include "base/result.hpp"
#include "runtime/messaging/event_box.hpp"

namespace endure::gateway {

using SessionId = std::uint64_t;

struct Delivered {
  actors::ConsumerId consumer = 0;
  std::vector<actors::LeasedStep> steps;
};
struct TakenAway {
  actors::StepToken token;
  std::string why;
};
struct Answered {  // the engine's word on one result or error
  std::string token;
  Result<void> outcome;
};
struct Beaten {  // the engine's word on a heartbeat
  Result<std::vector<actors::StepToken>> lost;
};

struct OutboxItem {
  SessionId session = 0;
  std::variant<Delivered, TakenAway, Answered, Beaten> what;
};

using Outbox = messaging::EventBox<OutboxItem>;

// The sink of one session. deliver() and revoke() run on engine threads.
class SessionSink final : public actors::StepSink {
 public:
  SessionSink(std::shared_ptr<Outbox> outbox, SessionId session, actors::ConsumerId consumer)
      : outbox_(std::move(outbox)), session_(session), consumer_(consumer) {}
  void deliver(std::vector<actors::LeasedStep> steps) override;
  void revoke(const actors::StepToken& token, const std::string& why) override;

 private:
  std::shared_ptr<Outbox> outbox_;
  SessionId session_;
  actors::ConsumerId consumer_;
};

}  // namespace endure::gateway
