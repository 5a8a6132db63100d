// Delivers the events of the outbox to every workflow that listens to their type: mailbox rows for
// a slice of the listeners and the outbox row's progress in one commit, so that a crash at any
// moment neither loses a delivery nor doubles one.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "actors/context.hpp"
#include "actors/messages.hpp"
#include "actors/shard_move.hpp"

namespace endure::actors {

class EventBroker final : public EndureActor {
 public:
  EventBroker(caf::actor_config& config, Context& context);

  caf::behavior make_behavior() override;

 private:
  void look();
  void offer_late();
  void on_round_done(const OutboxRoundDone& round);

  Context& context_;
  std::shared_ptr<Vitals> vitals_;
  bool working_ = false;
  bool look_again_ = false;
  bool offer_again_ = false;
};

}  // namespace endure::actors
