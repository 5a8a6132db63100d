// Fires the durable timers. The timers are rows, ordered by due time; in memory there is one armed
// tick, whatever their number. A timer that fired is a row until the workflow's transition removes
// it, so a crash between the two fires it again and the transition happens once.
//
// The clock is Endure's own (base/clock.hpp): it never runs backwards. It is looked at once a
// second at least while there are timers, so that a wall clock that was set forward is noticed.
#pragma once

#include <map>
#include <optional>

#include "actors/context.hpp"
#include "actors/messages.hpp"

namespace endure::actors {

class TimerActor final : public EndureActor {
 public:
  TimerActor(caf::actor_config& config, Context& context);

  caf::behavior make_behavior() override;

 private:
  void on_armed(const TimerArmed& armed);
  void on_tick();
  void on_loaded(const TimersLoaded& loaded);

  void look();
  void wake_at(std::optional<Instant> due);

  Context& context_;
  std::shared_ptr<Vitals> vitals_;
  std::map<persistence::TimerKey, std::int64_t> fired_;  // steady time; waits for the transition
  bool looking_ = false;
  bool look_again_ = false;
  std::int64_t wake_ms_ = INT64_MAX;  // steady time of the earliest tick under way
};

}  // namespace endure::actors
