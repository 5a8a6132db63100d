#include "actors/timer_actor.hpp"

#include <algorithm>
#include <utility>

#include "base/fault_point.hpp"
#include "base/mutant.hpp"

namespace endure::actors {

namespace {

constexpr std::size_t rows_at_once = 4'096;
constexpr std::int64_t fire_again_ms = 10'000;  // when the workflow has not taken it
constexpr std::int64_t longest_sleep_ms = 1'000;

// All that is due now, and when the next one will be.
TimersLoaded read_timers(Context& context) {
  TimersLoaded loaded;
  const Instant now = context.clock.now() + (ENDURE_MUTANT("timer_early") ? 60 : 0);
  std::optional<persistence::TimerKey> after;
  auto due = context.store.timers(now, after, rows_at_once);
  if (!due) {
    context.fatal(due.error());
    return loaded;
  }
  loaded.due = std::move(*due);
  const persistence::TimerKey last_due{now, UINT64_MAX, UINT32_MAX};
  auto next = context.store.timers({INT64_MAX}, last_due, 1);
  if (!next) {
    context.fatal(next.error());
  } else if (!next->empty()) {
    loaded.next = next->front().due;
  }
  return loaded;
}

}  // namespace

TimerActor::TimerActor(caf::actor_config& config, Context& context)
    : EndureActor(config), context_(context), vitals_(context.vitals("/root/timers")) {}

caf::behavior TimerActor::make_behavior() {
  look();
  return {
      [this](const TimerArmed& m) { on_armed(m); },
      [this](const Tick&) { on_tick(); },
      [this](const TimersLoaded& m) { on_loaded(m); },
      [this](const ShowVitals&) { vitals_->shown(mailbox().size()); },
  };
}

void TimerActor::on_armed(const TimerArmed& armed) {
  if (armed.due.ms < context_.next_timer_ms) {
    context_.next_timer_ms = armed.due.ms;
    wake_at(armed.due);
  } else if (armed.due <= context_.clock.now()) {
    look();  // asked to look again
  }
}

void TimerActor::on_tick() {
  const std::int64_t steady = context_.clock.steady_ms();
  if (steady < wake_ms_) return;  // an older, later tick
  wake_ms_ = INT64_MAX;
  const std::int64_t next = context_.next_timer_ms;
  if (!fired_.empty() || next <= context_.clock.now().ms) {
    look();
  } else if (next != INT64_MAX) {
    wake_at(Instant{next});
  }
}

void TimerActor::look() {
  if (std::exchange(looking_, true)) {
    look_again_ = true;
    return;
  }
  context_.next_timer_ms = INT64_MAX;  // what is armed from now on may not be in the read
  context_.loader.post([self = caf::actor_cast<caf::actor>(this), &context = context_] {
    tell(self, read_timers(context));
  });
}

void TimerActor::on_loaded(const TimersLoaded& loaded) {
  looking_ = false;
  const std::int64_t steady = context_.clock.steady_ms();
  std::map<persistence::TimerKey, std::int64_t> still;
  for (const persistence::TimerKey& timer : loaded.due) {
    const auto before = fired_.find(timer);
    if (before != fired_.end() && steady - before->second < fire_again_ms) {
      still.insert(*before);
      continue;
    }
    still.emplace(timer, steady);
    ENDURE_FAULT_POINT("timer.before_fire");
    context_.shard_of(timer.workflow)
        .tell(DeliverEvent{timer.workflow, workflow::TimerFired{timer.wait}, 0, {}});
  }
  fired_ = std::move(still);
  if (loaded.next && loaded.next->ms < context_.next_timer_ms) {
    context_.next_timer_ms = loaded.next->ms;
  }
  const std::int64_t next = context_.next_timer_ms;
  if (std::exchange(look_again_, false)) {
    look();
  } else if (!fired_.empty()) {
    // Full: there is more, as soon as these are gone. Else see whether any was not taken.
    wake_at(context_.clock.now() + (loaded.due.size() == rows_at_once ? 5 : longest_sleep_ms));
  }
  if (next != INT64_MAX) wake_at(Instant{next});
}

void TimerActor::wake_at(std::optional<Instant> due) {
  if (!due) return;
  const std::int64_t delay =
      std::clamp<std::int64_t>(*due - context_.clock.now(), 0, longest_sleep_ms);
  const std::int64_t at = context_.clock.steady_ms() + delay;
  if (at >= wake_ms_) return;  // an earlier tick is under way
  wake_ms_ = at;
  tell_later(this, delay, Tick{});
}

}  // namespace endure::actors
