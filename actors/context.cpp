#include "actors/context.hpp"

#include <utility>

namespace endure::actors {

Context::Context(EngineConfig engine_config, persistence::Store& the_store,
                 persistence::Journal& the_journal, Clock& the_clock,
                 workflow::Expressions& the_expressions, DefinitionCache& the_definitions,
                 BlockingPool& the_loader, BlockingPool& the_deciders,
                 std::function<void(const Error&)> on_fatal, Watchdog& the_watchdog)
    : config(engine_config),
      store(the_store),
      journal(the_journal),
      clock(the_clock),
      expressions(the_expressions),
      definitions(the_definitions),
      loader(the_loader),
      deciders(the_deciders),
      fatal(std::move(on_fatal)),
      watchdog(the_watchdog),
      cluster(the_store.cluster()),
      neighbour_bits(the_store.numbering().clustered() ? 26 : 6),
      announcer([this](const std::string& name,
                       QueueNews&& news) { actors::tell(queue(name), std::move(news)); },
                [](const caf::actor& workflow) { actors::tell(workflow, CommitFinished{}); }),
      triggers(the_expressions, config.schedule_max_waiting) {
  for (std::uint32_t i = 0; i < config.shards; ++i) shards.push_back(std::make_unique<ShardSlot>());
}

caf::actor Context::queue(const std::string& name) {
  return queue_slot(name).handle;
}

void Context::complete(CompleteStep result) {
  const QueueSlot slot = queue_slot(result.token.key.queue);
  if (slot.results->put(std::move(result))) actors::tell(slot.handle, ResultsArrived{});
}

Context::Results Context::results_of(const std::string& queue) {
  return queue_slot(queue).results;
}

Context::QueueSlot Context::queue_slot(const std::string& name) {
  {
    const std::shared_lock lock(queues_mutex_);
    const auto found = queues_.find(name);
    if (found != queues_.end()) return found->second;
  }
  if (stopping) return {};  // nothing new is spawned any more
  const std::unique_lock lock(queues_mutex_);
  QueueSlot& slot = queues_[name];
  if (!slot.handle) slot.handle = open_queue(name, slot.results);
  return slot;
}

std::map<std::string, caf::actor> Context::queues() const {
  std::map<std::string, caf::actor> handles;
  const std::shared_lock lock(queues_mutex_);
  for (const auto& [name, slot] : queues_) handles.emplace(name, slot.handle);
  return handles;
}

void Context::attach_consumer(const AttachConsumer& attach) {
  const std::lock_guard lock(attachments_mutex_);
  attachments_[attach.consumer][attach.queue].attach = attach;
}

void Context::first_credit(ConsumerId consumer, const std::string& queue, std::uint32_t steps) {
  const std::lock_guard lock(attachments_mutex_);
  const auto found = attachments_.find(consumer);
  if (found == attachments_.end()) return;
  const auto attachment = found->second.find(queue);
  if (attachment == found->second.end() || attachment->second.first_credit != 0) return;
  attachment->second.first_credit = steps;
}

std::vector<std::string> Context::detach_consumer(ConsumerId consumer) {
  std::vector<std::string> names;
  const std::lock_guard lock(attachments_mutex_);
  const auto found = attachments_.extract(consumer);
  if (found.empty()) return names;
  for (const auto& [queue, attachment] : found.mapped()) names.push_back(queue);
  return names;
}

void Context::queue_restarted(const std::string& name, const caf::actor& handle) {
  {
    const std::unique_lock lock(queues_mutex_);
    queues_[name].handle = handle;
  }
  tell(handle, ResultsArrived{});
  const std::lock_guard lock(attachments_mutex_);
  for (const auto& [consumer, by_queue] : attachments_) {
    const auto found = by_queue.find(name);
    if (found == by_queue.end()) continue;
    tell(handle, found->second.attach);
    tell(handle, GrantCredit{consumer, name, found->second.first_credit});
  }
}

Result<void> Context::room_for_start() {
  if (stopping) return fail(Code::retry_later, "the node is stopping; try again when it is back");
  if (counters.pending_starts >= config.max_pending_starts) {
    return fail(Code::retry_later, "more starts than the node can take are under way; slow down");
  }
  const persistence::Room room = store.room();
  const double used = static_cast<double>(room.used_bytes);
  if (room.map_bytes > 0 &&
      used > static_cast<double>(room.map_bytes) * config.refuse_starts_above) {
    return fail(Code::full, "the volume is nearly full (" + std::to_string(room.used_bytes >> 20U) +
                                " of " + std::to_string(room.map_bytes >> 20U) +
                                " MiB): new workflows are refused while running ones go on; raise "
                                "data.max_size or shorten engine.retention");
  }
  return {};
}

void Context::set_sinks_told(std::function<void()> told) {
  const std::lock_guard lock(sinks_mutex_);
  sinks_told_ = std::move(told);
}

void Context::tell_sinks() {
  const std::lock_guard lock(sinks_mutex_);
  if (sinks_told_) sinks_told_();
}

void Context::report_sinks(std::vector<SinkView> views) {
  const std::lock_guard lock(sinks_mutex_);
  sinks_ = std::move(views);
}

std::vector<SinkView> Context::sinks() const {
  const std::lock_guard lock(sinks_mutex_);
  return sinks_;
}

void Context::drop_handles() {
  {
    const std::unique_lock lock(queues_mutex_);
    queues_.clear();
  }
  for (const auto& shard : shards) {
    shard->set(nullptr);
    shard->take().clear();
  }
  timers.set(nullptr);
  broker.set(nullptr);
  schedules.set(nullptr);
}

void Context::rescan_all() {
  // An empty change is a barrier: what was submitted before it has been committed when it returns.
  journal.submit(persistence::LeasesKept{}, [this](const Result<void>&) {
    for (const auto& [name, handle] : queues()) tell(handle, RescanQueue{});
    timers.tell(TimerArmed{clock.now()});
    broker.tell(OutboxGrown{});
    schedules.tell(EventsWaiting{});
    loader.post([this] { activate_mailboxes(); });
  });
}

void Context::activate_mailboxes() {
  activate([this](auto last, auto limit) { return store.mailbox_workflows(last, limit); }, {});
}

void Context::activate_looking(const Which& which) {
  activate([this](auto last, auto limit) { return store.looking_workflows(last, limit); }, which);
}

template <class Read>
void Context::activate(const Read& read, const Which& which) {
  constexpr std::size_t at_once = 256;
  WorkflowNumber last = 0;
  for (;;) {
    const auto numbers = read(last, at_once);
    if (!numbers) return fatal(numbers.error());
    for (const WorkflowNumber number : *numbers) {
      if (!which || which(number)) shard_of(number).tell(ActivateWorkflow{number});
    }
    if (numbers->size() < at_once) return;
    last = numbers->back();
  }
}

std::shared_ptr<Vitals> Context::vitals(const std::string& path) {
  const std::lock_guard lock(vitals_mutex_);
  auto& entry = vitals_[path];
  if (!entry) {
    entry = std::make_shared<Vitals>();
    entry->question = watchdog.watch(
        path, [](std::uint64_t) { return "a message; it has not come to those that wait for it"; });
  }
  return entry;
}

Watchdog::Slot& Context::deciding() {
  thread_local std::shared_ptr<Watchdog::Slot> slot;
  thread_local const Watchdog* of = nullptr;
  if (of != &watchdog) {
    of = &watchdog;
    slot = watchdog.watch("scheduler", [](std::uint64_t number) {
      return "decides for the workflow number " + std::to_string(number);
    });
  }
  return *slot;
}

std::map<std::string, std::shared_ptr<Vitals>> Context::all_vitals() const {
  const std::lock_guard lock(vitals_mutex_);
  return vitals_;
}

}  // namespace endure::actors
