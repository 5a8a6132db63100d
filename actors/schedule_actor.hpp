// Starts workflows by their definitions' schedules: by time, after the end of the run before, and
// for events. A schedule is a row; a start and the row's next state are one commit, and a
// workflow's id follows from the row, so a crash at any moment neither loses a run nor makes one
// twice.
//
// Only this actor changes the rows, one change of a schedule at a time; deployments pass through it
// too, since a definition and its schedule are stored together. Like the timers it looks at
// Endure's own clock once a second at least while anything comes by time.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/context.hpp"
#include "actors/messages.hpp"
#include "actors/shard_move.hpp"

namespace endure::actors {

class ScheduleActor final : public EndureActor {
 public:
  ScheduleActor(caf::actor_config& config, Context& context);

  caf::behavior make_behavior() override;
  void on_exit() override;

 private:
  using Name = std::pair<std::string, std::string>;  // namespace, definition
  using Settled = std::function<void(const Result<void>&)>;

  struct Entry {
    persistence::ScheduleRow row;  // revision 0: there is none
    DefinitionPtr definition;
    workflow::TimeZonePtr zone;
    std::vector<workflow::WaitingEvent> waiting;  // the first of those that wait
    bool more_waiting = false;                    // there are others in the table
    std::uint64_t waiting_round = 0;              // counts what may have changed the table
    bool loading = false;
    bool load_again = false;
    bool run_over = true;                        // the run before has ended …
    Instant run_over_at;                         // … at this time
    std::optional<Settled> under_way;            // a change is with the journal
    std::deque<std::function<void()>> deferred;  // what came meanwhile
    std::int64_t retry_ms = 0;                   // steady: not before
    std::string error;
  };

  // A run that is about to be.
  struct Run {
    std::string id;
    workflow::Value input;
    persistence::ScheduleChanged change;  // the schedule after it
    bool tracked = false;                 // the schedule waits for its end
  };

  void on_loaded(const SchedulesLoaded& loaded);
  void add(const LoadedSchedule& loaded);
  void on_left(const ShardLeft& left);
  void on_arrived(const ShardArrived& arrived);
  void on_deploy(const DeployDefinition& deploy);
  void on_control(const ControlSchedule& control);
  void on_trigger(const TriggerSchedule& trigger);
  void on_report(const ReportSchedules& report);
  void on_settled(const ScheduleSettled& settled);
  void on_run_ended(const RunEnded& ended);
  void on_events(const EventsWaiting& events);
  void on_waiting_loaded(const WaitingLoaded& loaded);
  void on_tick(const ScheduleTick& tick);

  // Calls `work` now, or when the schedules are loaded and this one has no change under way.
  void when_free(const Name& name, std::function<void()> work);
  void look(const Name& name);
  void look_without_wake(const Name& name);
  void look_all();
  // One step of the schedule, if there is one to take.
  void take_step(const Name& name, Entry& entry);
  void take_time_step(const Name& name, Entry& entry, Instant now);
  void take_event_step(const Name& name, Entry& entry);

  persistence::ScheduleChanged change_of(const Entry& entry) const;
  void submit(const Name& name, Entry& entry, persistence::ScheduleChanged change);
  void start(const Name& name, Entry& entry, Run run);
  void forget(const Name& name, Entry& entry, const std::vector<std::uint64_t>& consumed);
  void started(const Name& name, const Run& run);
  void not_started(const Name& name, const Run& run, const Error& error);
  void start_due(const Name& name, Entry& entry, persistence::ScheduleChanged change, Instant due);
  void deployed(const Name& name, const DeployDefinition& deploy,
                const persistence::ScheduleChanged& change);
  persistence::ScheduleChanged schedule_for(const Entry& entry,
                                            const DeployDefinition& deploy) const;
  void adopt(Entry& entry, const persistence::ScheduleRow& row);

  void watch(const Name& name, WorkflowNumber number);
  void load_waiting(const Name& name, Entry& entry);
  ScheduleView view(const Name& name, const Entry& entry) const;
  void wake();

  Context& context_;
  std::shared_ptr<Vitals> vitals_;
  bool loaded_ = false;
  std::deque<std::function<void()>> before_loaded_;
  std::map<Name, Entry> entries_;
  std::uint64_t tick_round_ = 0;
  std::int64_t wake_ms_ = INT64_MAX;  // when the tick under way comes, by Endure's clock
};

}  // namespace endure::actors
