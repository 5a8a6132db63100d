#include "actors/workflow_actor.hpp"

#include <stdexcept>
#include <utility>

#include "actors/containment.hpp"
#include "actors/family.hpp"
#include "actors/transition.hpp"
#include "base/fault_point.hpp"
#include "base/log.hpp"
#include "base/mutant.hpp"
#include "persistence/rules.hpp"
#include "workflow/migrate.hpp"

namespace endure::actors {

using workflow::Outcome;
using workflow::Phase;

namespace {

constexpr std::int64_t retry_mailbox_ms = 1'000;

// Whether a message that lies in the mailbox still has to be decided; all others were kept by a
// transition on purpose. While a workflow is suspended it waits, but for a cancellation.
bool is_to_be_decided(const workflow::Event& event, bool suspended) {
  if (std::holds_alternative<workflow::CancelRequested>(event)) return true;
  if (suspended) return false;
  if (const auto* received = std::get_if<workflow::EventReceived>(&event)) {
    return !received->addressed && received->queued_for.empty();
  }
  return std::holds_alternative<workflow::Started>(event) ||
         std::holds_alternative<workflow::ChildEnded>(event);
}

}  // namespace

WorkflowActor::WorkflowActor(caf::actor_config& config, Context& context,
                             workflow::Snapshot snapshot, DefinitionPtr definition,
                             Error definition_error, Origin origin,
                             std::optional<DeliverEvent> first)
    : EndureActor(config),
      context_(context),
      snapshot_(std::move(snapshot)),
      definition_(std::move(definition)),
      definition_error_(std::move(definition_error)),
      stored_(origin != Origin::created),
      may_look_(origin == Origin::may_look) {
  ++context_.counters.active_workflows;
  if (!first) return;
  ++received_;
  inbox_.push_back(std::move(*first));
}

caf::behavior WorkflowActor::make_behavior() {
  if (may_look_) begin_look();
  take_stored_messages();
  return {
      [this](DeliverEvent& m) { on_deliver(m); },
      [this](const Decided& m) { on_decided(m); },
      [this](const CommitFinished& m) { on_finished(m); },
      [this](const PassivateIfIdle&) { on_passivate(); },
      [this](const RetryMailbox&) { on_retry_mailbox(); },
      [this](const KeptFound& m) { on_kept_found(m); },
      [this](const LookAgain&) { on_look_again(); },
      [this](const EndActor&) { on_end(); },
  };
}

void WorkflowActor::on_exit() {
  --context_.counters.active_workflows;
  deciding_.reset();
  pending_.reset();
  inbox_.clear();
  postponed_.clear();
  if (!told_to_end_ && !context_.stopping) {
    context_.shard_of(snapshot_.number)
        .tell(WorkflowFailed{snapshot_.number, failure().empty() ? "it was killed" : failure()});
  }
}

// -- events ---------------------------------------------------------------------

void WorkflowActor::on_deliver(DeliverEvent& event) {
  ++received_;
  if (event.message != 0 && !taken_.insert(event.message).second) {
    event.settle({}, &snapshot_);  // it came with the mailbox already
  } else {
    inbox_.push_back(std::move(event));
  }
  take_next();
}

// What other workflows and the broker put there while this one was passive. What was kept on
// purpose (addressed events without a listener, anything while suspended) is decide()'s own affair.
void WorkflowActor::take_stored_messages() {
  const bool suspended = snapshot_.phase == Phase::suspended;
  for (const workflow::Message& message : snapshot_.mailbox) {
    if (!is_to_be_decided(message.event, suspended) || !taken_.insert(message.sequence).second)
      continue;
    inbox_.push_back(DeliverEvent{snapshot_.number, message.event, message.sequence, {}});
  }
  take_next();
}

void WorkflowActor::take_next() {
  while (!look_ && !inbox_.empty() && is_free()) {
    DeliverEvent event = std::move(inbox_.front());
    inbox_.pop_front();
    handle(std::move(event));
  }
  if (!is_busy() && may_leave()) {
    context_.shard_of(snapshot_.number).tell(WorkflowIdle{snapshot_.number, received_});
  }
}

bool WorkflowActor::is_free() {
  if (pending_ && notice_->is_over()) committed();
  return !is_busy();
}

void WorkflowActor::handle(DeliverEvent&& event) {
  ENDURE_FAULT_POINT("workflow.before_decision");
  if (event.migration) return migrate(std::move(event));
  if (ENDURE_MUTANT("forget_event_ids")) snapshot_.recent_events.clear();
  const std::uint64_t sequence = sequence_for(event);
  if (auto refused = lacks_a_row(event.event)) {
    conclude(Failure{*std::move(refused)}, std::move(event), sequence);
  } else if (may_take_long(event.event)) {
    decide_elsewhere(std::move(event), sequence);
  } else {
    Result<Outcome> outcome = decide(event, sequence);
    conclude(std::move(outcome), std::move(event), sequence);
  }
}

void WorkflowActor::conclude(Result<Outcome>&& outcome, DeliverEvent&& event,
                             std::uint64_t sequence) {
  if (std::holds_alternative<workflow::EventsOffered>(event.event)) {
    return conclude_offer(std::move(outcome), std::move(event));
  }
  if (!outcome) {
    const bool is_known = workflow::is_duplicate_event(outcome.error());
    event.settle(Failure{outcome.error()}, is_known ? &snapshot_ : nullptr);
    if (event.answer) event.answer->refuse(outcome.error());
    if (outcome.error().code == Code::retry_later) postpone(std::move(event));
    return;
  }
  submit(std::move(*outcome), std::move(event), sequence);
}

// Where the event lies in the mailbox, or would lie if it has to be kept; 0 where it cannot be.
std::uint64_t WorkflowActor::sequence_for(const DeliverEvent& event) {
  if (event.message != 0) return event.message;
  const bool may_be_kept = snapshot_.phase == Phase::suspended ||
                           std::holds_alternative<workflow::EventReceived>(event.event);
  return may_be_kept ? context_.store.next_sequence() : 0;
}

// A jq program may compute until its deadline: not on a thread that all actors share. Suspending
// and terminating evaluate nothing.
bool WorkflowActor::may_take_long(const workflow::Event& event) const {
  return definition_ && definition_->needs_jq &&
         !std::holds_alternative<workflow::Crashed>(event) &&
         !std::holds_alternative<workflow::TerminateRequested>(event);
}

workflow::Decision WorkflowActor::decision_for(const DeliverEvent& event,
                                               std::uint64_t sequence) const {
  workflow::Decision decision;
  decision.now = context_.clock.now() + (ENDURE_MUTANT("clock_back") ? -5'000 : 0);
  decision.stored = event.message != 0;
  decision.message = sequence;
  decision.max_kept_messages = context_.config.max_kept_messages;
  decision.secret_key = context_.config.secret_key;
  decision.definitions = &context_.definitions;
  decision.max_child_depth = context_.config.max_child_depth;
  return decision;
}

void WorkflowActor::decide_elsewhere(DeliverEvent&& event, std::uint64_t sequence) {
  context_.deciders.post(
      [self = caf::actor_cast<caf::actor>(this), definition = definition_, snapshot = snapshot_,
       fact = event.event, decision = decision_for(event, sequence),
       &expressions = context_.expressions] {
        Decided decided;
        try {
          decided.outcome = std::make_shared<Result<Outcome>>(
              workflow::decide(*definition, snapshot, fact, decision, expressions));
        } catch (const std::exception& failure) {
          decided.failure = failure.what();
        }
        tell(self, std::move(decided));
      },
      snapshot_.number);
  deciding_ = Deciding{std::move(event), sequence};
}

void WorkflowActor::on_decided(const Decided& decided) {
  if (!deciding_) return;
  if (!decided.outcome) throw std::runtime_error(decided.failure);  // dies as if it had decided
  Deciding work = std::move(*deciding_);
  deciding_.reset();
  conclude(std::move(*decided.outcome), std::move(work.event), work.sequence);
  take_next();
}

Result<Outcome> WorkflowActor::decide(const DeliverEvent& event, std::uint64_t sequence) {
  const Instant now = context_.clock.now();
  // Suspending and terminating need no definition, so that they always work.
  if (const auto* crashed = std::get_if<workflow::Crashed>(&event.event)) {
    if (is_ended(snapshot_.phase)) return fail(Code::conflict, "the workflow has ended");
    if (snapshot_.phase == Phase::suspended && snapshot_.cause == crashed->cause) {
      return fail(Code::conflict, "the workflow is suspended for this cause already");
    }
    auto outcome = workflow::suspend(snapshot_, crashed->cause, now);
    if (event.message != 0) outcome.effects.push_back(workflow::ConsumeMessage{event.message});
    return outcome;
  }
  if (const auto* request = std::get_if<workflow::TerminateRequested>(&event.event)) {
    if (is_ended(snapshot_.phase)) {
      return fail(Code::conflict, "the workflow has ended already (" +
                                      std::string(to_string(snapshot_.phase)) + ")");
    }
    return workflow::terminate(snapshot_, request->reason, now);
  }
  if (!definition_) return Failure{definition_error_};
  const Watchdog::Job job(context_.deciding(), snapshot_.number);
  return workflow::decide(*definition_, snapshot_, event.event, decision_for(event, sequence),
                          context_.expressions);
}

// A workflow with a damaged row is not resumed: it waits for what the row held, and that cannot
// come. (A message that is damaged is gone with the transition that said so.)
std::optional<Error> WorkflowActor::lacks_a_row(const workflow::Event& event) const {
  if (!std::holds_alternative<workflow::ResumeRequested>(event)) return std::nullopt;
  for (const auto& row : context_.store.damage().rows_of(snapshot_.number)) {
    if (row.table == "mailbox") continue;
    return Error{Code::conflict,
                 damage_cause(row) + ". Terminate it, or restore a backup of the volume.", "id"};
  }
  return std::nullopt;
}

void WorkflowActor::submit(Outcome&& outcome, DeliverEvent&& event, std::uint64_t sequence) {
  number_children(outcome, context_.store);
  persistence::Transition change =
      make_transition(stored_ ? &snapshot_ : nullptr, outcome, event.event, sequence,
                      context_.store, context_.config);
  change.schedule = event.schedule;
  auto family = news_for_family(context_, snapshot_.number, outcome, change);
  if (!context_.config.sinks.empty()) {
    add_sink_events(change, definition_.get(), stored_ ? &snapshot_ : nullptr, outcome,
                    context_.store, context_.config);
  }
  change.looked = look_ && !look_->more;
  Announcement announcement(snapshot_, outcome, event.event, event.answer, std::move(family),
                            !change.sink_events.empty());
  pending_.emplace(std::move(outcome), std::move(event));
  show_mutants(change);
  commit(std::move(change), std::move(announcement));
}

// What is pending.
void WorkflowActor::commit(persistence::Transition&& change, Announcement&& announcement) {
  notice_->begin(wants_notice(pending_->outcome, pending_->cause));
  context_.journal.submit(
      std::move(change), [self = caf::actor_cast<caf::actor>(this), notice = notice_,
                          &context = context_, announcement = std::move(announcement)](
                             const Result<void>& result, persistence::Change& committed) mutable {
        // Refused at once, it is on this actor's own thread.
        if (!result) return tell(self, CommitFinished{result});
        announcement.announce(context, std::get<persistence::Transition>(committed));
        context.announcer.committed(self, notice);
      });
}

// Whether there is something to do right after the commit. A workflow whose step was answered and
// that now waits for its next has nothing until that is answered.
bool WorkflowActor::wants_notice(const Outcome& outcome, const DeliverEvent& cause) const {
  return cause.answer == nullptr || outcome.next.phase != Phase::running ||
         snapshot_.phase != Phase::running || !outcome.next.listeners.empty() || look_ ||
         look_due_ || !inbox_.empty() || !postponed_.empty() ||
         context_.counters.active_workflows > context_.config.max_active_workflows;
}

// Defects for tests (base/mutant.hpp): what must wait for the commit is let out before it.
void WorkflowActor::show_mutants(const persistence::Transition& change) {
  const DeliverEvent& cause = pending_->cause;
  if (std::holds_alternative<workflow::Started>(cause.event)) {
    if (ENDURE_MUTANT("start_before_commit")) cause.settle({}, &pending_->outcome.next);
  } else if (std::holds_alternative<workflow::EventReceived>(cause.event)) {
    if (ENDURE_MUTANT("event_before_commit")) cause.settle({}, &pending_->outcome.next);
  }
  if (!ENDURE_MUTANT("step_before_commit")) return;
  for (const auto& step : change.enqueue) {
    tell(context_.queue(step.key.queue), QueueNews{{}, {}, {step}});
  }
}

void WorkflowActor::migrate(DeliverEvent&& request) {
  const Migration& migration = *request.migration;
  if (migration.transition != 0 && migration.transition != snapshot_.transition) {
    return request.settle(
        fail(Code::conflict, "the workflow has moved on since it was looked at (from transition " +
                                 std::to_string(migration.transition) + " to " +
                                 std::to_string(snapshot_.transition) +
                                 "); nothing was changed, ask again"),
        nullptr);
  }
  if (!definition_) return request.settle(Failure{definition_error_}, nullptr);
  auto outcome = workflow::migrate(*definition_, *migration.to, snapshot_, context_.clock.now());
  if (!outcome) {
    return request.settle(fail(Code::invalid, workflow::in_one_line(outcome.error())), nullptr);
  }
  persistence::Transition change = make_migration(snapshot_, *outcome);
  Announcement announcement(snapshot_, *outcome, request.event, nullptr, nullptr, false);
  pending_.emplace(std::move(*outcome), std::move(request));
  commit(std::move(change), std::move(announcement));
}

// -- after the commit -------------------------------------------------------------

void WorkflowActor::on_finished(const CommitFinished& finished) {
  if (!pending_) return;
  if (finished.result) {
    committed();
  } else {
    refused(finished.result.error());
  }
  take_next();
}

void WorkflowActor::committed() {
  ENDURE_FAULT_POINT("workflow.committed");
  const bool had_ended = is_ended(snapshot_.phase);
  const bool opens = opens_look(*pending_);
  snapshot_ = std::move(pending_->outcome.next);
  const DeliverEvent cause = std::move(pending_->cause);
  pending_.reset();
  const bool started = !stored_ || std::holds_alternative<workflow::Started>(cause.event);
  stored_ = true;
  if (const auto* offered = std::get_if<workflow::EventsOffered>(&cause.event)) {
    count_offered(*offered);
  }
  if (cause.migration) definition_ = cause.migration->to;
  if (started) ++context_.counters.started;
  const bool ended = is_ended(snapshot_.phase) && !had_ended;
  if (ended && snapshot_.phase == Phase::completed) ++context_.counters.completed;
  if (ended && snapshot_.phase == Phase::faulted) ++context_.counters.faulted;
  cause.settle({}, &snapshot_);
  if (ended) context_.waiters.ended(snapshot_);
  if (look_) {
    go_on_looking(opens);
  } else if (opens) {
    begin_look();
  }
}

void WorkflowActor::refused(const Error& error) {
  Pending refused = std::move(*pending_);
  pending_.reset();
  refused.cause.settle(Failure{error}, nullptr);
  if (refused.cause.answer) refused.cause.answer->refuse(error);
  if (!stored_) {
    // The name exists, or there was no room: this workflow never was.
    context_.shard_of(snapshot_.number)
        .tell(WorkflowIdle{snapshot_.number, WorkflowIdle::never_was});
    return;
  }
  if (error.code == Code::conflict || error.code == Code::not_found) {
    // The store has moved on without this copy; only its own record can be trusted.
    throw std::runtime_error("the stored workflow has changed under its actor: " + error.what);
  }
  if (look_) return look_later();
  postpone(std::move(refused.cause));
}

void WorkflowActor::postpone(DeliverEvent&& event) {
  if (event.message == 0) return;  // its sender has the answer and tries again
  event.settle = {};
  postponed_.push_back(std::move(event));
  if (postponed_.size() == 1) tell_later(this, retry_mailbox_ms, RetryMailbox{});
}

// -- leaving memory ---------------------------------------------------------------

// Steps of workers come back soon; people, timers and other workflows take their time.
bool WorkflowActor::may_leave() const {
  if (!inbox_.empty() || !postponed_.empty() || !stored_ || look_ || look_due_) return false;
  return snapshot_.phase != Phase::running ||
         context_.counters.active_workflows > context_.config.max_active_workflows;
}

void WorkflowActor::on_passivate() {
  if (is_free() && inbox_.empty() && postponed_.empty() && !look_ && !look_due_) {
    context_.shard_of(snapshot_.number).tell(WorkflowIdle{snapshot_.number, received_});
  }
}

void WorkflowActor::on_retry_mailbox() {
  while (!postponed_.empty()) {
    inbox_.push_front(std::move(postponed_.back()));
    postponed_.pop_back();
  }
  take_next();
}

// Idle, or its shard has left the node; then the store takes nothing of it any more.
void WorkflowActor::on_end() {
  told_to_end_ = true;
  const auto refuse = [&](const DeliverEvent& event) {
    const Error error = persistence::not_here(Numbering::shard(snapshot_.number));
    event.settle(Failure{error}, nullptr);
    if (event.answer) event.answer->refuse(error);
  };
  if (pending_) refuse(pending_->cause);
  if (deciding_) refuse(deciding_->event);
  for (const DeliverEvent& event : inbox_) refuse(event);
  quit();
}

}  // namespace endure::actors
