#include "actors/root_supervisor.hpp"

#include <utility>

#include "actors/event_broker.hpp"
#include "actors/event_keeper.hpp"
#include "actors/queue_actor.hpp"
#include "actors/schedule_actor.hpp"
#include "actors/shard_supervisor.hpp"
#include "actors/timer_actor.hpp"
#include "base/log.hpp"

namespace endure::actors {

namespace {

constexpr std::int64_t tick_ms = 250;
constexpr std::int64_t ticks_per_sweep = 4;        // of the shards
constexpr std::int64_t ticks_per_retention = 240;  // once a minute
constexpr std::int64_t ticks_per_expiry = 4;       // of kept events
constexpr std::size_t removed_at_once = 5'000;

}  // namespace

RootSupervisor::RootSupervisor(caf::actor_config& config, Context& context,
                               std::function<void()> ready)
    : EndureActor(config),
      context_(context),
      ready_(std::move(ready)),
      vitals_(context.vitals("/root")) {
  set_down_handler([this](const caf::down_msg& down) { on_child_failed(down); });
}

caf::behavior RootSupervisor::make_behavior() {
  for (std::size_t i = 0; i < context_.shards.size(); ++i) {
    const std::string path = "/root/shards/" + std::to_string(i);
    add_child(
        path,
        [this, path, i] {
          return system().spawn<ShardSupervisor>(context_, *context_.shards[i], path);
        },
        [this, i](const caf::actor& actor) { context_.shards[i]->set(actor); });
  }
  add_child(
      "/root/timers", [this] { return system().spawn<TimerActor>(context_); },
      [this](const caf::actor& actor) { context_.timers.set(actor); });
  add_child(
      "/root/schedules", [this] { return system().spawn<ScheduleActor>(context_); },
      [this](const caf::actor& actor) { context_.schedules.set(actor); });
  add_child(
      "/root/broker", [this] { return system().spawn<EventBroker>(context_); },
      [this](const caf::actor& actor) { context_.broker.set(actor); });
  tell_later(this, tick_ms, Tick{});
  ready_();
  return {
      [this](const QueueOpened& m) { on_queue_opened(m); },
      [this](const ReviveChild& m) { on_revive(m); },
      [this](const Tick&) { on_tick(); },
      [this](const ShowVitals&) { on_show_vitals(); },
  };
}

void RootSupervisor::on_exit() {
  for (auto& [path, child] : children_) exit_urgently(child.actor);
  children_.clear();
}

// -- children -------------------------------------------------------------------

void RootSupervisor::add_child(const std::string& path, std::function<caf::actor()> spawn,
                               std::function<void(const caf::actor&)> install) {
  const auto [entry, fresh] = children_.insert_or_assign(
      path,
      Child{std::move(spawn),
            std::move(install),
            {},
            RestartIntensity(context_.config.restart_intensity, context_.config.restart_period_ms,
                             context_.config.restart_backoff_ms)});
  context_.vitals(path);
  start_child(path, entry->second);
}

void RootSupervisor::start_child(const std::string& path, Child& child) {
  child.actor = child.spawn();
  context_.vitals(path)->question->answered();  // what was asked died with the one before
  paths_[child.actor.id()] = path;
  monitor(child.actor);
  child.install(child.actor);
}

// Queues are made when something first names them, by whoever did.
void RootSupervisor::on_queue_opened(const QueueOpened& opened) {
  const std::string path = "/root/queues/" + opened.queue;
  Child child{[this, name = opened.queue] {
                return system().spawn<QueueActor>(context_, name, context_.results_of(name));
              },
              [this, name = opened.queue](const caf::actor& actor) {
                context_.queue_restarted(name, actor);
              },
              opened.actor,
              RestartIntensity(context_.config.restart_intensity, context_.config.restart_period_ms,
                               context_.config.restart_backoff_ms)};
  children_.insert_or_assign(path, std::move(child));
  paths_[opened.actor.id()] = path;
  monitor(opened.actor);
}

void RootSupervisor::on_child_failed(const caf::down_msg& down) {
  const auto path = paths_.extract(down.source.id());
  if (path.empty() || context_.stopping) return;
  Child& child = children_.at(path.mapped());
  const std::string cause = to_string(down.reason);
  const auto vitals = context_.vitals(path.mapped());
  vitals->failed(cause);
  vitals->question->answered();
  child.actor = nullptr;
  if (!child.intensity.allow(context_.clock.steady_ms())) {
    context_.fatal({Code::retry_later,
                    "the actor " + path.mapped() + " died " +
                        std::to_string(child.intensity.failures()) +
                        " times; the node stops, since nothing is lost by starting it again",
                    path.mapped()});
    return;
  }
  log(Level::error, "actor died, it is restarted",
      {{"actor", path.mapped()}, {"cause", cause}, {"failures", child.intensity.failures()}});
  tell_later(this, child.intensity.delay_ms(), ReviveChild{path.mapped()});
}

void RootSupervisor::on_revive(const ReviveChild& revive) {
  if (context_.stopping) return;
  const auto child = children_.find(revive.path);
  if (child == children_.end()) return;
  start_child(child->first, child->second);
  context_.rescan_all();
}

// -- housekeeping -----------------------------------------------------------------

void RootSupervisor::on_show_vitals() {
  vitals_->children = children_.size();
  vitals_->shown(mailbox().size());
  for (const auto& [path, child] : children_) {
    if (!child.actor) continue;  // it comes back soon
    context_.vitals(path)->question->ask();
    tell(child.actor, ShowVitals{});
  }
}

void RootSupervisor::on_tick() {
  if (context_.stopping) return;
  ++ticks_;
  for (const auto& [name, queue] : context_.queues()) tell(queue, Tick{});
  if (ticks_ % ticks_per_sweep == 0) {
    for (const auto& shard : context_.shards) shard->tell(Tick{});
  }
  context_.waiters.expire(context_.clock.steady_ms());
  if (ticks_ % ticks_per_retention == 1) remove_ended_workflows();
  if (ticks_ % ticks_per_expiry == 2) expire_events(context_);
  tell_later(this, tick_ms, Tick{});
}

void RootSupervisor::remove_ended_workflows() {
  if (context_.config.retention_ms <= 0) return;
  context_.loader.post([&context = context_] {
    const Instant before = context.clock.now() + -context.config.retention_ms;
    auto ended = context.store.ended_before(before, removed_at_once);
    if (!ended) return context.fatal(ended.error());
    for (const WorkflowNumber number : *ended) {
      context.journal.submit(persistence::WorkflowRemoved{number}, [](const Result<void>&) {});
    }
    if (!ended->empty()) {
      log(Level::info, "ended workflows past their retention removed", {{"count", ended->size()}});
    }
  });
}

}  // namespace endure::actors
