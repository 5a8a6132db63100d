// One workflow, alive: takes its events one at a time, decides, commits, and only then lets the
// effects out. It owns nothing that the store does not have; it may die at any moment and comes
// back from its snapshot and its durable mailbox.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/announcer.hpp"
#include "actors/commit_notice.hpp"
#include "actors/context.hpp"
#include "actors/messages.hpp"
#include "persistence/change.hpp"

namespace endure::actors {

class WorkflowActor final : public EndureActor {
 public:
  enum class Origin : std::uint8_t {
    created,   // its first event stores it
    stored,    // the snapshot is in the store already
    may_look,  // and it may not have looked yet at the events that were kept for it
  };

  // The definition may be null where it cannot be loaded (`definition_error` says why): then the
  // workflow can still be terminated and suspended. `first`: an event that comes with it.
  WorkflowActor(caf::actor_config& config, Context& context, workflow::Snapshot snapshot,
                DefinitionPtr definition, Error definition_error, Origin origin,
                std::optional<DeliverEvent> first);

  caf::behavior make_behavior() override;
  void on_exit() override;

 private:
  // A transition that waits for its commit.
  struct Pending {
    Pending(workflow::Outcome&& its_outcome, DeliverEvent&& its_cause)
        : outcome(std::move(its_outcome)), cause(std::move(its_cause)) {}
    workflow::Outcome outcome;
    DeliverEvent cause;
  };

  // An event that a decider thread looks at.
  struct Deciding {
    DeliverEvent event;
    std::uint64_t sequence = 0;
  };

  void on_deliver(DeliverEvent& event);
  void on_decided(const Decided& decided);
  void on_finished(const CommitFinished& finished);
  void on_passivate();
  void on_retry_mailbox();
  void on_kept_found(const KeptFound& found);
  void on_look_again();
  void on_end();

  void take_stored_messages();
  void take_next();
  void handle(DeliverEvent&& event);
  std::uint64_t sequence_for(const DeliverEvent& event);
  bool may_take_long(const workflow::Event& event) const;
  std::optional<Error> lacks_a_row(const workflow::Event& event) const;
  workflow::Decision decision_for(const DeliverEvent& event, std::uint64_t sequence) const;
  Result<workflow::Outcome> decide(const DeliverEvent& event, std::uint64_t sequence);
  void decide_elsewhere(DeliverEvent&& event, std::uint64_t sequence);
  void conclude(Result<workflow::Outcome>&& outcome, DeliverEvent&& event, std::uint64_t sequence);
  bool is_busy() const { return pending_.has_value() || deciding_.has_value(); }
  // Whether an event can be taken. Takes up a commit that is over and of which nobody told.
  bool is_free();
  bool wants_notice(const workflow::Outcome& outcome, const DeliverEvent& cause) const;
  void submit(workflow::Outcome&& outcome, DeliverEvent&& event, std::uint64_t sequence);
  void commit(persistence::Transition&& change, Announcement&& announcement);
  // To another version of the definition, instead of an event.
  void migrate(DeliverEvent&& request);
  void committed();
  void refused(const Error& error);
  // A stored message could not be taken for a passing reason; it is looked at again.
  void postpone(DeliverEvent&& event);
  // Kept events (workflow_actor_look.cpp). No other event is taken between a listener's opening and
  // the end of the look, so that what came first is taken first.
  bool opens_look(const Pending& commit) const;
  void begin_look();
  void read_kept();
  void go_on_looking(bool anew);
  void end_look();
  void look_later();
  void conclude_offer(Result<workflow::Outcome>&& outcome, DeliverEvent&& event);
  void count_offered(const workflow::EventsOffered& offered);

  void show_mutants(const persistence::Transition& change);
  bool may_leave() const;

  Context& context_;
  workflow::Snapshot snapshot_;
  DefinitionPtr definition_;
  Error definition_error_;
  bool stored_;
  bool told_to_end_ = false;
  std::uint64_t received_ = 0;
  std::deque<DeliverEvent> inbox_;
  std::set<std::uint64_t> taken_;  // stored messages that are in the inbox or decided
  std::deque<DeliverEvent> postponed_;
  std::optional<Deciding> deciding_;
  std::optional<Pending> pending_;
  const std::shared_ptr<CommitNotice> notice_ = std::make_shared<CommitNotice>();  // of pending_
  struct Look {
    std::uint64_t after = 0;  // up to which sequence it has read
    bool more = false;        // and there is more behind
  };
  std::optional<Look> look_;  // under way
  bool look_due_ = false;     // put off for a passing reason
  bool may_look_ = false;     // the store may say that it has to look
};

}  // namespace endure::actors
