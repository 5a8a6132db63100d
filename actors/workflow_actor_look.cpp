// Broadcast events that came before their listener. When a workflow opens a listener while events
// are kept, it reads those of its types and lets decide() choose, in slices. What it takes is part
// of its own transition. The store knows durably that it has to look until it has (Transition::
// looked, EventsLooked), so that a crash in between loses nothing.
#include <algorithm>

#include "actors/workflow_actor.hpp"
#include "base/fault_point.hpp"
#include "base/log.hpp"
#include "persistence/codec.hpp"

namespace endure::actors {

using workflow::EventsOffered;
using workflow::Phase;

namespace {

constexpr std::size_t events_at_once = 128;
constexpr std::int64_t look_again_ms = 1'000;

}  // namespace

// A listener was opened, or may take events again after a suspension.
bool WorkflowActor::opens_look(const Pending& commit) const {
  if (context_.config.keep_events_ms <= 0 || context_.store.holds_no_event()) return false;
  const auto& next = commit.outcome.next;
  if (next.listeners.empty() || next.phase == Phase::suspended) return false;
  if (snapshot_.phase == Phase::suspended) return true;
  const auto& effects = commit.outcome.effects;
  return std::any_of(effects.begin(), effects.end(), [](const auto& effect) {
    return std::holds_alternative<workflow::Listen>(effect);
  });
}

void WorkflowActor::begin_look() {
  look_due_ = false;
  look_.reset();
  if (snapshot_.phase == Phase::suspended) return;  // once it goes on
  if (snapshot_.listeners.empty()) return end_look();
  look_ = Look{std::max(snapshot_.number, snapshot_.taken_floor), false};
  read_kept();
}

void WorkflowActor::read_kept() {
  std::vector<std::string> types;
  for (const auto& listener : snapshot_.listeners) types.push_back(listener.type);
  context_.loader.post([self = caf::actor_cast<caf::actor>(this), &context = context_,
                        types = std::move(types), after = look_->after] {
    KeptFound found;
    auto rows = context.store.events_of(types, after, events_at_once);
    if (rows) {
      found.more = rows->size() == events_at_once;
      found.events = std::move(*rows);
    } else {
      found.error = rows.error();
    }
    tell(self, std::move(found));
  });
}

void WorkflowActor::on_kept_found(const KeptFound& found) {
  if (!look_ || is_busy()) return;
  if (found.error) {
    log(Level::error, "kept events cannot be read",
        {{"number", snapshot_.number}, {"error", found.error->what}});
    return look_later();
  }
  look_->more = found.more;
  const Instant now = context_.clock.now();
  EventsOffered offered;
  for (const auto& row : found.events) {
    look_->after = row.sequence;
    may_look_ = true;
    if (row.accepted + context_.config.keep_events_ms <= now) continue;
    if (!may_be_offered(snapshot_, row.sequence)) continue;
    auto event = persistence::decode_value(row.event);
    if (!event) continue;
    offered.offers.push_back({row.sequence, context_.store.next_sequence(), std::move(*event)});
  }
  if (offered.offers.empty()) return look_->more ? read_kept() : end_look();
  handle(DeliverEvent{snapshot_.number, std::move(offered), 0, {}});
}

void WorkflowActor::conclude_offer(Result<workflow::Outcome>&& outcome, DeliverEvent&& event) {
  if (!outcome && outcome.error().code == Code::retry_later) return look_later();
  if (!outcome) return look_->more ? read_kept() : end_look();  // none of them is wanted
  ENDURE_FAULT_POINT("workflow.before_offer");
  submit(std::move(*outcome), std::move(event), 0);
}

void WorkflowActor::count_offered(const EventsOffered& offered) {
  for (const auto& each : offered.offers) {
    if (may_be_offered(snapshot_, each.published)) continue;  // it was not taken
    context_.event_figures.count(each.event->value("type", ""), EventFigures::Fate::offered);
  }
}

// After a slice of which something was taken. `anew`: listeners were opened by it, for which all
// that is kept is new.
void WorkflowActor::go_on_looking(bool anew) {
  if (!look_->more) may_look_ = false;  // the transition said so
  if (anew) return begin_look();
  if (look_->more && !snapshot_.listeners.empty() && snapshot_.phase != Phase::suspended) {
    return read_kept();
  }
  end_look();
}

void WorkflowActor::end_look() {
  look_.reset();
  if (std::exchange(may_look_, false) && !is_ended(snapshot_.phase)) {
    context_.journal.submit(persistence::EventsLooked{snapshot_.number},
                            [](const Result<void>&) {});
  }
  take_next();
}

void WorkflowActor::look_later() {
  look_.reset();
  look_due_ = true;
  tell_later(this, look_again_ms, LookAgain{});
  take_next();
}

void WorkflowActor::on_look_again() {
  if (look_ || !look_due_) return;
  if (is_busy()) return tell_later(this, look_again_ms, LookAgain{});
  begin_look();
  take_next();
}

}  // namespace endure::actors
