// Events that start workflows: from the table where they wait to the run that takes them.
#include <algorithm>
#include <utility>

#include "actors/schedule_actor.hpp"
#include "base/log.hpp"
#include "persistence/codec.hpp"

namespace endure::actors {

using workflow::Schedule;

namespace {

constexpr std::size_t events_at_once = 256;

WaitingLoaded read_waiting(Context& context, const std::string& ns, const std::string& name,
                           std::uint64_t round, std::size_t most) {
  WaitingLoaded loaded{ns, name, round, {}, false};
  context.look_for_room();
  // One that needs all of several events may have to look past many of one kind.
  auto rows = context.store.triggers(ns, name, 0, most + 1);
  if (!rows) {
    context.fatal(rows.error());
    return loaded;
  }
  loaded.more = rows->size() > most;
  for (auto& row : *rows) {
    auto event = persistence::decode_value(row.event);
    if (!event) {
      log(Level::error, "an event that waits for a schedule cannot be read",
          {{"schedule", ns + "/" + name}, {"sequence", row.sequence}});
      continue;
    }
    loaded.events.push_back({row.sequence, std::move(*event), std::move(row.filters)});
  }
  return loaded;
}

}  // namespace

void ScheduleActor::take_event_step(const Name& name, Entry& entry) {
  const Schedule& schedule = *entry.definition->schedule;
  const auto taken = events_of_next_run(schedule, entry.waiting);
  if (taken.empty()) return;
  Run run;
  run.change = change_of(entry);
  for (const std::size_t index : taken) {
    run.change.consumed.push_back(entry.waiting[index].sequence);
  }
  // The event that completed it gives the name: no other run has the same.
  run.id = workflow::event_run_id(name.second, run.change.consumed.back());
  run.input = input_of_events(schedule, entry.waiting, taken);
  run.change.row.last_due = context_.clock.now();
  ++run.change.row.started;
  start(name, entry, std::move(run));
}

void ScheduleActor::forget(const Name& name, Entry& entry,
                           const std::vector<std::uint64_t>& consumed) {
  if (consumed.empty()) return;
  context_.triggers.taken(name.first, name.second, consumed.size());
  std::erase_if(entry.waiting, [&](const workflow::WaitingEvent& event) {
    return std::count(consumed.begin(), consumed.end(), event.sequence) > 0;
  });
  if (entry.more_waiting && entry.waiting.size() < events_at_once) load_waiting(name, entry);
}

void ScheduleActor::on_events(const EventsWaiting& events) {
  if (!loaded_) return;  // they are read with everything else
  if (events.name.empty()) {
    for (auto& [name, entry] : entries_) {
      if (entry.definition && entry.definition->schedule->kind == Schedule::Kind::on) {
        load_waiting(name, entry);
      }
    }
    return;
  }
  const Name name{events.ns, events.name};
  const auto found = entries_.find(name);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  if (entry.row.paused || (entry.more_waiting && !entry.waiting.empty())) {
    entry.more_waiting = true;  // it is read when its turn comes
  } else {
    load_waiting(name, entry);
  }
}

void ScheduleActor::load_waiting(const Name& name, Entry& entry) {
  if (std::exchange(entry.loading, true)) {
    entry.load_again = true;
    return;
  }
  // One that needs all of several events may have to look past many of one kind.
  const bool needs_all =
      entry.definition && entry.definition->schedule->mode == workflow::ListenTask::Mode::all;
  const std::size_t most = needs_all ? context_.config.schedule_max_waiting : events_at_once;
  context_.loader.post([self = caf::actor_cast<caf::actor>(this), &context = context_, name, most,
                        round = entry.waiting_round] {
    tell(self, read_waiting(context, name.first, name.second, round, most));
  });
}

void ScheduleActor::on_waiting_loaded(const WaitingLoaded& loaded) {
  const Name name{loaded.ns, loaded.name};
  const auto found = entries_.find(name);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  entry.loading = false;
  const bool again = std::exchange(entry.load_again, false);
  if (entry.under_way) {  // what it takes may be among those that were read
    entry.deferred.push_back([this, name] {
      const auto free = entries_.find(name);
      if (free != entries_.end()) load_waiting(name, free->second);
    });
    return;
  }
  const bool fresh = loaded.round == entry.waiting_round;
  if (fresh) {
    entry.waiting = loaded.events;
    entry.more_waiting = loaded.more;
  }
  if (again || !fresh) load_waiting(name, entry);
  look(name);
}

}  // namespace endure::actors
