#include "actors/announcer.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "actors/context.hpp"
#include "actors/family.hpp"
#include "actors/transition.hpp"
#include "base/mutant.hpp"

namespace endure::actors {

namespace {

// The wait that an event of a worker answers; its step is settled, not withdrawn.
workflow::WaitId answered_wait(const workflow::Event& event) {
  if (const auto* e = std::get_if<workflow::StepCompleted>(&event)) return e->wait;
  if (const auto* e = std::get_if<workflow::StepFailed>(&event)) return e->wait;
  return 0;
}

}  // namespace

// -- Announcer --------------------------------------------------------------------

void Announcer::ready(persistence::StepRecord&& step) {
  news_[step.key.queue].ready.push_back(std::move(step));
}

void Announcer::gone(persistence::StepKey key) {
  news_[key.queue].gone.push_back(std::move(key));
}

void Announcer::settled(StepSettled&& settled) {
  news_[settled.token.key.queue].settled.push_back(std::move(settled));
}

void Announcer::committed(caf::actor workflow, const std::shared_ptr<CommitNotice>& notice) {
  committed_.push_back({std::move(workflow), notice});
}

void Announcer::flush() {
  // Before a worker can have one of the steps: then its workflow need not be told.
  std::erase_if(committed_, [](const Committed& each) { return !each.notice->commit(); });
  for (auto& [queue, news] : news_) {
    if (news.settled.empty() && news.gone.empty() && news.ready.empty()) continue;
    tell_queue_(queue, std::exchange(news, {}));
  }
  for (const Committed& each : committed_) tell_workflow_(each.workflow);
  committed_.clear();
}

// -- Announcement -----------------------------------------------------------------

Announcement::Announcement(const workflow::Snapshot& before, const workflow::Outcome& outcome,
                           const workflow::Event& cause, std::shared_ptr<StepAnswer> answer,
                           std::shared_ptr<const FamilyNews> family, bool for_sinks)
    : for_sinks_(for_sinks), answer_(std::move(answer)), family_(std::move(family)) {
  const workflow::WaitId answered = answered_wait(cause);
  for (const workflow::Effect& effect : outcome.effects) {
    if (const auto* removed = std::get_if<workflow::RemoveStep>(&effect)) {
      if (removed->wait == answered) continue;
      if (is_ended(outcome.next.phase) && ENDURE_MUTANT("hand_out_after_end")) continue;
      gone_.push_back(step_key(before, removed->wait));
    } else if (const auto* timer = std::get_if<workflow::ArmTimer>(&effect)) {
      first_timer_ms_ = std::min(first_timer_ms_, timer->due.ms);
    } else if (std::holds_alternative<workflow::PublishEvent>(effect)) {
      publishes_ = true;
    } else if (const auto* step = std::get_if<workflow::RedriveStep>(&effect)) {
      redriven_.push_back(step_key(before, step->wait).queue);
    }
  }
}

void Announcement::announce(Context& context, persistence::Transition& committed) {
  ++context.counters.transitions;
  if (family_) family_->tell();
  if (answer_) context.announcer.settled(answer_->take());
  for (persistence::StepKey& key : gone_) context.announcer.gone(std::move(key));
  for (persistence::StepRecord& step : committed.enqueue) {
    if (!ENDURE_MUTANT("unannounced_step")) context.announcer.ready(std::move(step));
  }
  if (first_timer_ms_ < context.next_timer_ms) {
    context.timers.tell(TimerArmed{Instant{first_timer_ms_}});
  }
  if (publishes_) context.broker.tell(OutboxGrown{});
  for (const std::string& queue : redriven_) tell(context.queue(queue), RescanQueue{});
  if (for_sinks_) context.tell_sinks();
}

}  // namespace endure::actors
