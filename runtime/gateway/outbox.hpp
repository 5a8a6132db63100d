// What engine threads have for the gateway's thread: swapped in under a mutex, announced by an
// eventfd that is written only when the box was empty.
//
// Shared by the gateway and by the replies and sinks it gave to the engine, so that a reply which
// comes after the gateway has gone finds a box that nobody empties, not a dangling pointer.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

#include "actors/engine.hpp"
#include "base/result.hpp"

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

class Outbox {
 public:
  Outbox();
  ~Outbox();
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  void push(OutboxItem item);
  // Empties the box, and the eventfd. For the gateway's thread.
  std::vector<OutboxItem> take();
  void wake();  // makes descriptor() readable although the box may be empty
  int descriptor() const { return descriptor_; }

 private:
  std::mutex mutex_;
  std::vector<OutboxItem> items_;
  int descriptor_;
};

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
