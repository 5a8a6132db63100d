#include <algorithm>
#include <exception>
#include <future>
#include <utility>

#include "actors/actor_tree.hpp"
#include "actors/containment.hpp"
#include "actors/context.hpp"
#include "actors/definition_calls.hpp"
#include "actors/engine_parts.hpp"
#include "actors/engine_stats.hpp"
#include "actors/event_intake.hpp"
#include "actors/event_keeper.hpp"
#include "actors/messages.hpp"
#include "actors/native_worker.hpp"
#include "actors/queue_actor.hpp"
#include "actors/relay.hpp"
#include "actors/root_supervisor.hpp"
#include "actors/summary.hpp"
#include "base/log.hpp"
#include "base/watchdog_thread.hpp"
#include "persistence/codec.hpp"
#include "persistence/snapshot_head.hpp"

namespace endure::actors {

namespace {

Failure stopping() {
  return fail(Code::retry_later, "the node is stopping; try again when it is back");
}

class NodeEngine final : public Engine {
 public:
  NodeEngine(EngineConfig config, persistence::Store& store, Clock& clock,
             workflow::Expressions& expressions, std::function<void(const Error&)> fatal,
             EngineParts* parts);
  ~NodeEngine() override;

  Result<void> open();

  void deploy(workflow::SourceFormat, workflow::DefinitionSource source,
              Reply<std::shared_ptr<const workflow::Definition>> reply) override {
    actors::deploy(*context_, std::move(source), std::move(reply));
  }
  void start(StartRequest request, Reply<StartReceipt> reply) override;
  void send(WorkflowName name, workflow::CloudEvent event, Reply<SendReceipt> reply) override;
  void publish(workflow::CloudEvent event, Reply<PublishReceipt> reply) override;
  std::vector<EventTypeView> events() override { return context_->event_figures.views(); }
  void on_sink_events(std::function<void()> f) override { context_->set_sinks_told(std::move(f)); }
  void settle_sink_events(std::vector<persistence::SinkKey> keys, Reply<void> reply) override {
    journal_->submit(persistence::SinkSettled{std::move(keys)}, std::move(reply));
  }
  void report_sinks(std::vector<SinkView> v) override { context_->report_sinks(std::move(v)); }
  std::vector<SinkView> sinks() override { return context_->sinks(); }
  void control(WorkflowName name, Verb verb, std::string reason,
               Reply<persistence::WorkflowSummary> reply) override;
  void await_end(WorkflowName name, std::int64_t timeout_ms, Reply<WorkflowView> reply) override;
  void migrate(MigrationRequest request, Reply<persistence::WorkflowSummary> reply) override {
    actors::migrate(*context_, std::move(request), std::move(reply));
  }
  void schedules(Reply<std::vector<ScheduleView>> reply) override {
    actors::schedules(*context_, std::move(reply));
  }
  void schedule(const std::string& ns, const std::string& name,
                Reply<ScheduleView> reply) override {
    actors::schedule(*context_, ns, name, std::move(reply));
  }
  void control_schedule(const std::string& ns, const std::string& name, ScheduleVerb verb,
                        Reply<void> reply) override {
    actors::control_schedule(*context_, ns, name, verb, std::move(reply));
  }
  void trigger_schedule(TriggerRequest request, Reply<StartReceipt> reply) override {
    actors::trigger_schedule(*context_, std::move(request), std::move(reply));
  }
  Result<WorkflowView> show(const WorkflowName& name) override;
  Result<std::shared_ptr<const workflow::Definition>> definition(
      const std::string& ns, const std::string& name,
      const std::optional<std::string>& version) override;
  ConsumerId new_consumer() override { return next_consumer_++; }
  void attach(ConsumerId consumer, const std::string& queue, std::string worker,
              std::shared_ptr<StepSink> sink) override;
  void credit(ConsumerId consumer, const std::string& queue, std::uint32_t steps) override;
  void detach(ConsumerId consumer, bool lost) override;
  void complete(ConsumerId consumer, StepToken token, workflow::Value result,
                Reply<void> reply) override;
  void fail_step(ConsumerId consumer, StepToken token, StepFailure failure,
                 Reply<void> reply) override;
  void heartbeat(ConsumerId consumer, std::vector<StepToken> tokens,
                 Reply<std::vector<StepToken>> lost) override;
  void release(ConsumerId consumer, StepToken token) override;
  void queues(Reply<std::vector<QueueView>> reply) override;
  void queue(const std::string& queue, Reply<QueueView> reply) override;
  void pause_queue(const std::string& queue, bool paused, Reply<void> reply) override;
  void redrive(persistence::StepKey key, Reply<void> reply) override;
  void drop(persistence::StepKey key, std::string reason, Reply<void> reply) override;
  ClusterEngine* cluster() override { return cluster_.get(); }
  std::vector<ActorView> tree() override { return actor_tree(*context_); }
  Watchdog& watchdog() override { return watchdog_; }
  EngineStats stats() override { return stats_of(*context_); }
  std::int64_t step_wait_ms() override { return step_wait_of(*context_); }
  void add_native_worker(const std::string& queue, std::uint32_t threads, NativeStep work) override;

 private:
  void start_new(StartRequest request, Reply<StartReceipt> reply);
  Result<StartReceipt> existing(const StartRequest& request, WorkflowNumber number);
  Result<WorkflowNumber> number_of(const WorkflowName& name);
  void deliver(const WorkflowName& name, workflow::Event event,
               Reply<persistence::WorkflowSummary> reply);
  void deliver_to_step(const persistence::StepKey& key, workflow::Event event, Reply<void> reply);
  bool known_queue(const std::string& queue);
  void stop();

  EngineConfig config_;
  persistence::Store& store_;
  Watchdog watchdog_;
  DefinitionCache definitions_;
  BlockingPool loader_;
  BlockingPool deciders_;
  EngineParts* parts_;  // of an engine without threads; else null
  caf::actor_system_config caf_config_;
  std::unique_ptr<caf::actor_system> system_;
  std::unique_ptr<persistence::Journal> journal_;
  std::unique_ptr<Context> context_;
  std::unique_ptr<ClusterEngine> cluster_;
  caf::actor root_;
  std::atomic<ConsumerId> next_consumer_{1};
  std::vector<std::unique_ptr<NativeWorker>> native_workers_;
  std::optional<WatchdogThread> watchdog_thread_;
};

NodeEngine::NodeEngine(EngineConfig config, persistence::Store& store, Clock& clock,
                       workflow::Expressions& expressions, std::function<void(const Error&)> fatal,
                       EngineParts* parts)
    : config_(config),
      store_(store),
      watchdog_(clock, config.stuck_after_ms),
      definitions_(store, expressions),
      loader_(parts ? 0 : 1, "loader", watchdog_),
      deciders_(parts ? 0 : config.decider_threads, "decider", watchdog_),
      parts_(parts) {
  parts ? configure_stepped(caf_config_) : configure(caf_config_, config.scheduler_threads);
  persistence::JournalConfig journal{.stepped = parts != nullptr};
  journal.after_commit = [this] { after_commit(*context_); };
  journal.slot = watchdog_.watch("journal", [](std::uint64_t changes) {
    return "a commit of " + std::to_string(changes) + " changes, with its callbacks";
  });
  journal_ = std::make_unique<persistence::Journal>(store, std::move(journal), fatal);
  context_ = std::make_unique<Context>(config, store, *journal_, clock, expressions, definitions_,
                                       loader_, deciders_, std::move(fatal), watchdog_);
  cluster_ = make_cluster_engine(*context_);
}

Result<void> NodeEngine::open() {
  if (auto opened = definitions_.open(); !opened) return opened;
  if (auto opened = open_schedules(*context_); !opened) return opened;
  auto rows = store_.queues();
  if (!rows) return Failure{rows.error()};
  system_ = std::make_unique<caf::actor_system>(caf_config_);
  std::promise<void> ready;
  loader_.post([&context = *context_] { count_kept_events(context); });
  root_ = system_->spawn<RootSupervisor>(*context_, [&ready] { ready.set_value(); });
  if (parts_) *parts_ = {&loader_, &deciders_, journal_.get(), system_.get()};
  run_if_stepped(*system_);
  ready.get_future().wait();
  context_->open_queue = [this](const std::string& name, Context::Results results) {
    caf::actor handle = system_->spawn<QueueActor>(*context_, name, std::move(results));
    tell(root_, QueueOpened{name, handle});
    return handle;
  };
  for (const persistence::QueueRow& row : *rows) {
    tell(context_->queue(row.queue), PauseQueue{row.paused});
  }
  contain_damage(*context_);
  if (!parts_) watchdog_thread_.emplace(watchdog_, asks_how_they_are(*context_, root_));
  return {};
}

NodeEngine::~NodeEngine() {
  stop();
}

void NodeEngine::stop() {
  context_->stopping = true;
  watchdog_thread_.reset();
  stop_containing(*context_);
  native_workers_.clear();
  context_->waiters.expire(INT64_MAX);
  exit_urgently(root_);
  root_ = nullptr;
  parts_ ? loader_.abandon() : loader_.stop();
  deciders_.abandon();
  journal_->stop();
  // After the journal nothing new can come; what still runs ends by its exit message.
  for (auto& shard : context_->shards) {
    exit_urgently(shard->get());
    shard->set(nullptr);
  }
  for (const auto& [name, queue] : context_->queues()) exit_urgently(queue);
  exit_urgently(context_->timers.get());
  exit_urgently(context_->schedules.get());
  exit_urgently(context_->broker.get());
  context_->drop_handles();
  if (system_) run_if_stepped(*system_);
  system_.reset();
}

// -- definitions ------------------------------------------------------------------

Result<std::shared_ptr<const workflow::Definition>> NodeEngine::definition(
    const std::string& ns, const std::string& name, const std::optional<std::string>& version) {
  return definitions_.find(ns, name, version);
}

// -- workflows --------------------------------------------------------------------

Result<WorkflowNumber> NodeEngine::number_of(const WorkflowName& name) {
  auto number = store_.find_workflow(name);
  if (!number) return Failure{number.error()};
  if (!*number) {
    return fail(Code::not_found, "no workflow '" + name.id + "' in namespace '" + name.ns + "'",
                "id");
  }
  return **number;
}

Result<StartReceipt> NodeEngine::existing(const StartRequest& request, WorkflowNumber number) {
  if (request.on_conflict == OnConflict::reject) {
    return fail(Code::conflict,
                "the workflow '" + request.name.id + "' exists already in namespace '" +
                    request.name.ns + "'; choose another id, or on_conflict: return_existing",
                "id");
  }
  auto stored = store_.load_workflow(number);
  if (!stored) return Failure{stored.error()};
  if (!*stored)
    return fail(Code::retry_later, "the workflow has just been removed; start it again");
  auto summary = persistence::decode_summary((*stored)->snapshot);
  if (!summary) return Failure{summary.error()};
  return StartReceipt{std::move(*summary), true};
}

void NodeEngine::start(StartRequest request, Reply<StartReceipt> reply) {
  if (auto checked = check_namespace(request.name.ns); !checked) {
    return reply(Failure{checked.error()});
  }
  if (auto checked = check_workflow_id(request.name.id); !checked) {
    return reply(Failure{checked.error()});
  }
  auto known = store_.find_workflow(request.name);
  if (!known) return reply(Failure{known.error()});
  if (*known) return reply(existing(request, **known));
  if (auto room = context_->room_for_start(); !room) return reply(Failure{room.error()});
  start_new(std::move(request), std::move(reply));
}

void NodeEngine::start_new(StartRequest request, Reply<StartReceipt> reply) {
  auto found = definitions_.find(request.name.ns, request.definition, request.version);
  if (!found) return reply(Failure{found.error()});
  ++context_->counters.pending_starts;
  StartWorkflow message;
  message.number = store_.numbering().workflow(store_.next_sequence(), request.name);
  message.name = request.name;
  message.definition = std::move(*found);
  message.input = request.input;
  message.settle = Settle([this, request = std::move(request), reply = std::move(reply)](
                              const Result<void>& result, const workflow::Snapshot* snapshot) {
    --context_->counters.pending_starts;
    if (result) return reply(StartReceipt{persistence::summary_of(*snapshot), false});
    if (result.error().code != Code::conflict) return reply(Failure{result.error()});
    // Another start of the same id was first.
    auto number = number_of(request.name);
    number ? reply(existing(request, *number)) : reply(Failure{result.error()});
  });
  const WorkflowNumber number = message.number;
  context_->shard_of(number).tell(std::move(message));
}

void NodeEngine::deliver(const WorkflowName& name, workflow::Event event,
                         Reply<persistence::WorkflowSummary> reply) {
  if (context_->stopping) return reply(stopping());
  const auto number = number_of(name);
  if (!number) return reply(Failure{number.error()});
  context_->shard_of(*number).tell(
      DeliverEvent{*number, std::move(event), 0, settled_with_summary(std::move(reply))});
}

// -- events -------------------------------------------------------------------------

void NodeEngine::send(WorkflowName name, workflow::CloudEvent event, Reply<SendReceipt> reply) {
  if (context_->stopping) return reply(stopping());
  const auto number = number_of(name);
  if (!number) return reply(Failure{number.error()});
  send_event(*context_, *number, std::move(event), std::move(reply));
}

void NodeEngine::publish(workflow::CloudEvent event, Reply<PublishReceipt> reply) {
  if (context_->stopping) return reply(stopping());
  publish_event(*context_, std::move(event), std::move(reply));
}

void NodeEngine::control(WorkflowName name, Verb verb, std::string reason,
                         Reply<persistence::WorkflowSummary> reply) {
  workflow::Event event;
  switch (verb) {
    case Verb::cancel: event = workflow::CancelRequested{std::move(reason)}; break;
    case Verb::terminate: event = workflow::TerminateRequested{std::move(reason)}; break;
    case Verb::pause: event = workflow::PauseRequested{std::move(reason)}; break;
    case Verb::resume: event = workflow::ResumeRequested{std::move(reason)}; break;
  }
  deliver(name, std::move(event), std::move(reply));
}

Result<WorkflowView> NodeEngine::show(const WorkflowName& name) {
  const auto number = number_of(name);
  if (!number) return Failure{number.error()};
  auto stored = store_.load_workflow(*number);
  if (!stored) return Failure{stored.error()};
  if (!*stored) return fail(Code::not_found, "the workflow has just been removed", "id");
  auto snapshot = persistence::decode_snapshot((*stored)->snapshot);
  if (!snapshot) return Failure{snapshot.error()};
  for (const auto& row : (*stored)->mailbox) {
    auto event = persistence::decode_event(row.event);
    if (!event) return Failure{event.error()};
    snapshot->mailbox.push_back({row.sequence, std::move(*event)});
  }
  WorkflowView view{persistence::summary_of(*snapshot), {}};
  view.snapshot = std::move(*snapshot);
  return view;
}

void NodeEngine::await_end(WorkflowName name, std::int64_t timeout_ms, Reply<WorkflowView> reply) {
  const auto number = number_of(name);
  if (!number) return reply(Failure{number.error()});
  const std::uint64_t waiter = context_->waiters.add(
      *number, context_->clock.steady_ms() + timeout_ms,
      [reply, id = name.id](const workflow::Snapshot* snapshot) {
        if (snapshot != nullptr)
          return reply(WorkflowView{persistence::summary_of(*snapshot), *snapshot});
        reply(fail(Code::retry_later, "the workflow '" + id + "' has not ended yet; ask again"));
      });
  // It may have ended before the waiter was known.
  const auto stored = store_.load_workflow(*number);
  if (!stored || !*stored) return;
  const auto head = persistence::peek_snapshot((*stored)->snapshot);
  if (!head || !is_ended(head->phase)) return;
  auto snapshot = persistence::decode_snapshot((*stored)->snapshot);
  if (!snapshot) return;
  // The commit that can be read may not have been announced yet. Behind a barrier it has.
  journal_->submit(
      persistence::LeasesKept{},
      [this, number = *number, waiter, snapshot = std::move(*snapshot)](const Result<void>&) {
        context_->waiters.finish(number, waiter, &snapshot);
      });
}

// -- step queues --------------------------------------------------------------------

void NodeEngine::attach(ConsumerId consumer, const std::string& queue, std::string worker,
                        std::shared_ptr<StepSink> sink) {
  const AttachConsumer message{consumer, queue, std::move(worker), std::move(sink)};
  context_->attach_consumer(message);
  tell(context_->queue(queue), message);
}

void NodeEngine::credit(ConsumerId consumer, const std::string& queue, std::uint32_t steps) {
  context_->first_credit(consumer, queue, steps);
  tell(context_->queue(queue), GrantCredit{consumer, queue, steps});
}

void NodeEngine::detach(ConsumerId consumer, bool lost) {
  for (const std::string& queue : context_->detach_consumer(consumer)) {
    tell(context_->queue(queue), DetachConsumer{consumer, lost});
  }
}

void NodeEngine::complete(ConsumerId consumer, StepToken token, workflow::Value result,
                          Reply<void> reply) {
  if (context_->stopping && reply) reply(stopping());
  if (context_->stopping) return;
  context_->complete({consumer, std::move(token), std::move(result), Promise<>(std::move(reply))});
}

void NodeEngine::fail_step(ConsumerId consumer, StepToken token, StepFailure failure,
                           Reply<void> reply) {
  if (context_->stopping) return reply(stopping());
  const caf::actor queue = context_->queue(token.key.queue);
  tell(queue,
       FailStep{consumer, std::move(token), std::move(failure), Promise<>(std::move(reply))});
}

void NodeEngine::heartbeat(ConsumerId consumer, std::vector<StepToken> tokens,
                           Reply<std::vector<StepToken>> lost) {
  std::map<std::string, std::vector<StepToken>> by_queue;
  for (StepToken& token : tokens) by_queue[token.key.queue].push_back(std::move(token));
  if (by_queue.empty()) return lost(std::vector<StepToken>{});
  // Collects the answers of all queues into one.
  struct Gathered {
    std::mutex mutex;
    std::size_t missing = 0;
    std::vector<StepToken> lost;
  };
  auto gathered = std::make_shared<Gathered>();
  gathered->missing = by_queue.size();
  auto collect = [gathered, lost = std::move(lost)](Result<std::vector<StepToken>> part) {
    std::unique_lock lock(gathered->mutex);
    if (part) std::move(part->begin(), part->end(), std::back_inserter(gathered->lost));
    if (--gathered->missing > 0) return;
    lock.unlock();
    lost(std::move(gathered->lost));
  };
  for (auto& [queue, held] : by_queue) {
    tell(context_->queue(queue), ExtendLeases{consumer, std::move(held), collect});
  }
}

void NodeEngine::release(ConsumerId consumer, StepToken token) {
  const caf::actor queue = context_->queue(token.key.queue);
  tell(queue, ReleaseStep{consumer, std::move(token)});
}

bool NodeEngine::known_queue(const std::string& queue) {
  const persistence::QueueCounts none;
  return context_->queues().contains(queue) || definitions_.names_queue(queue) ||
         store_.queue_counts(queue) != none;
}

void NodeEngine::queue(const std::string& queue, Reply<QueueView> reply) {
  if (!known_queue(queue)) {
    return reply(fail(Code::not_found,
                      "no queue '" + queue + "': no definition names it and no worker serves it",
                      "queue"));
  }
  tell(context_->queue(queue), ReportQueue{std::move(reply)});
}

void NodeEngine::queues(Reply<std::vector<QueueView>> reply) {
  struct Gathered {
    std::mutex mutex;
    std::size_t missing = 0;
    std::vector<QueueView> views;
  };
  const auto all = context_->queues();
  if (all.empty()) return reply(std::vector<QueueView>{});
  auto gathered = std::make_shared<Gathered>();
  gathered->missing = all.size();
  auto collect = [gathered, reply = std::move(reply)](Result<QueueView> view) {
    std::unique_lock lock(gathered->mutex);
    if (view) gathered->views.push_back(std::move(*view));
    if (--gathered->missing > 0) return;
    lock.unlock();
    std::sort(gathered->views.begin(), gathered->views.end(),
              [](const QueueView& a, const QueueView& b) { return a.queue < b.queue; });
    reply(std::move(gathered->views));
  };
  for (const auto& [name, handle] : all) tell(handle, ReportQueue{collect});
}

void NodeEngine::pause_queue(const std::string& queue, bool paused, Reply<void> reply) {
  if (!known_queue(queue)) {
    return reply(fail(Code::not_found, "no queue '" + queue + "'", "queue"));
  }
  journal_->submit(persistence::QueuePaused{queue, paused},
                   [this, queue, paused, reply = std::move(reply)](const Result<void>& result) {
                     if (result) tell(context_->queue(queue), PauseQueue{paused});
                     reply(result);
                   });
}

// -- dead letters -------------------------------------------------------------------

void NodeEngine::deliver_to_step(const persistence::StepKey& key, workflow::Event event,
                                 Reply<void> reply) {
  auto step = store_.find_dead_step(key);
  if (!step) return reply(Failure{step.error()});
  if (!*step) return reply(fail(Code::not_found, "there is no such dead letter", "step"));
  Settle settle([reply = std::move(reply)](const Result<void>& result, const workflow::Snapshot*) {
    reply(result);
  });
  context_->shard_of(key.workflow)
      .tell(DeliverEvent{key.workflow, std::move(event), 0, std::move(settle)});
}

void NodeEngine::redrive(persistence::StepKey key, Reply<void> reply) {
  deliver_to_step(key, workflow::StepRedriven{key.wait}, std::move(reply));
}

void NodeEngine::drop(persistence::StepKey key, std::string reason, Reply<void> reply) {
  auto step = store_.find_dead_step(key);
  if (!step) return reply(Failure{step.error()});
  workflow::StepDropped event{key.wait, {}};
  if (*step) event.fault = (*step)->last_fault;
  if (!reason.empty()) event.fault.detail += " (given up: " + reason + ")";
  deliver_to_step(key, std::move(event), std::move(reply));
}

void NodeEngine::add_native_worker(const std::string& queue, std::uint32_t threads,
                                   NativeStep work) {
  native_workers_.push_back(std::make_unique<NativeWorker>(
      *this, NativeWorkerConfig{queue, threads, config_.most_stuck_threads}, std::move(work)));
}

}  // namespace

Result<std::unique_ptr<Engine>> make_engine_of_parts(EngineConfig config, persistence::Store& store,
                                                     Clock& clock,
                                                     workflow::Expressions& expressions,
                                                     std::function<void(const Error&)> fatal,
                                                     EngineParts* parts) {
  auto engine =
      std::make_unique<NodeEngine>(config, store, clock, expressions, std::move(fatal), parts);
  if (auto opened = engine->open(); !opened) return Failure{opened.error()};
  return engine;
}

}  // namespace endure::actors
