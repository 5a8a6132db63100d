#include "tests/support/fake_engine.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace endure::testing {

actors::LeasedStep make_step(const std::string& queue, WorkflowNumber workflow,
                             std::string arguments) {
  actors::LeasedStep step;
  step.token.key = {queue, 5, Instant{1'700'000'000'000}, workflow, 1};
  step.token.epoch = 1;
  step.name = {"default", "w" + std::to_string(workflow)};
  step.task = "/do/0/work";
  step.lease_ms = 30'000;
  step.idempotency_key = "key-" + std::to_string(workflow);
  step.arguments = std::move(arguments);
  return step;
}

FakeEngine::Calls FakeEngine::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

bool FakeEngine::wait_until(const std::function<bool(const Calls&)>& done,
                            std::int64_t timeout_ms) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::milliseconds(timeout_ms),
                           [&] { return done(calls_); });
}

void FakeEngine::refuse_migrations_with(Error error) {
  const std::lock_guard lock(mutex_);
  migration_error_ = std::move(error);
}

void FakeEngine::answer_with(std::optional<Error> error) {
  const std::lock_guard lock(mutex_);
  error_ = std::move(error);
}

void FakeEngine::hold_replies() {
  const std::lock_guard lock(mutex_);
  hold_ = true;
}

void FakeEngine::release_replies() {
  std::vector<std::function<void()>> held;
  {
    const std::lock_guard lock(mutex_);
    hold_ = false;
    held.swap(held_);
  }
  for (auto& reply : held) reply();
}

std::size_t FakeEngine::held_replies() const {
  const std::lock_guard lock(mutex_);
  return held_.size();
}

void FakeEngine::put_workflow(actors::WorkflowView view) {
  const std::lock_guard lock(mutex_);
  workflows_[view.summary.name] = std::move(view);
}

void FakeEngine::put_definition(std::shared_ptr<const workflow::Definition> definition) {
  const std::lock_guard lock(mutex_);
  definitions_[definition->ref] = std::move(definition);
}

void FakeEngine::put_queue(actors::QueueView view) {
  const std::lock_guard lock(mutex_);
  queues_[view.queue].view = std::move(view);
}

void FakeEngine::put_stats(actors::EngineStats stats) {
  const std::lock_guard lock(mutex_);
  stats_ = std::move(stats);
}

void FakeEngine::put_tree(std::vector<actors::ActorView> tree) {
  const std::lock_guard lock(mutex_);
  tree_ = std::move(tree);
}

void FakeEngine::on_deploy(std::function<Result<std::shared_ptr<const workflow::Definition>>(
                               workflow::SourceFormat, const std::string&)>
                               answer) {
  const std::lock_guard lock(mutex_);
  on_deploy_ = std::move(answer);
}

void FakeEngine::end_workflow(const WorkflowName& name, workflow::Phase phase,
                              workflow::Value output) {
  std::vector<std::function<void()>> replies;
  {
    const std::lock_guard lock(mutex_);
    auto& view = workflows_[name];
    view.summary.name = name;
    view.summary.phase = view.snapshot.phase = phase;
    view.snapshot.output = std::move(output);
    for (auto& [waiting, reply] : waiters_) {
      if (waiting == name) replies.push_back([reply = reply, view] { reply(view); });
    }
    std::erase_if(waiters_, [&](const auto& w) { return w.first == name; });
  }
  for (auto& reply : replies) reply();
}

void FakeEngine::push_step(actors::LeasedStep step) {
  {
    const std::lock_guard lock(mutex_);
    queues_[step.token.key.queue].ready.push_back(std::move(step));
  }
  dispatch();
}

std::size_t FakeEngine::ready_steps(const std::string& queue) const {
  const std::lock_guard lock(mutex_);
  const auto it = queues_.find(queue);
  return it == queues_.end() ? 0 : it->second.ready.size();
}

std::size_t FakeEngine::leased_steps() const {
  const std::lock_guard lock(mutex_);
  return leased_.size();
}

std::uint32_t FakeEngine::credit_of(actors::ConsumerId consumer, const std::string& queue) const {
  const std::lock_guard lock(mutex_);
  const auto it = attachments_.find({consumer, queue});
  return it == attachments_.end() ? 0 : it->second.credit;
}

std::uint32_t FakeEngine::greatest_credit() const {
  const std::lock_guard lock(mutex_);
  std::uint32_t greatest = 0;
  for (const auto& [key, attachment] : attachments_)
    greatest = std::max(greatest, attachment.credit);
  return greatest;
}

std::size_t FakeEngine::most_queues() const {
  const std::lock_guard lock(mutex_);
  std::size_t most = 0;
  std::size_t own = 0;
  const actors::ConsumerId* consumer = nullptr;
  for (const auto& [key, attachment] : attachments_) {  // in the order of their consumers
    own = consumer != nullptr && *consumer == key.first ? own + 1 : 1;
    consumer = &key.first;
    most = std::max(most, own);
  }
  return most;
}

std::uint64_t FakeEngine::worker_calls() const {
  const std::lock_guard lock(mutex_);
  return worker_calls_;
}

void FakeEngine::revoke(const actors::StepToken& token, const std::string& why) {
  std::shared_ptr<actors::StepSink> sink;
  {
    const std::lock_guard lock(mutex_);
    const auto it = leased_.find(token.key);
    if (it == leased_.end()) return;
    const auto attached = attachments_.find({it->second.consumer, token.key.queue});
    if (attached != attachments_.end()) sink = attached->second.sink;
    leased_.erase(it);
  }
  if (sink) sink->revoke(token, why);
}

void FakeEngine::deploy(workflow::SourceFormat format, workflow::DefinitionSource source,
                        actors::Reply<std::shared_ptr<const workflow::Definition>> reply) {
  using Answer = Result<std::shared_ptr<const workflow::Definition>>;
  std::unique_lock lock(mutex_);
  calls_.deployed.push_back(source.text);
  Answer answer = on_deploy_ ? on_deploy_(format, source.text) : Answer(parse(source.text));
  if (answer) definitions_[(*answer)->ref] = *answer;
  finish(lock, std::move(reply), std::move(answer));
}

void FakeEngine::start(actors::StartRequest request, actors::Reply<actors::StartReceipt> reply) {
  std::unique_lock lock(mutex_);
  calls_.started.push_back(request);
  finish(lock, std::move(reply), started(request));
}

void FakeEngine::send(WorkflowName name, workflow::CloudEvent event,
                      actors::Reply<actors::SendReceipt> reply) {
  std::unique_lock lock(mutex_);
  calls_.sent.emplace_back(name, std::move(event));
  auto receipt = summary_of(name).map([&](auto summary) {
    return actors::SendReceipt{std::move(summary), event_fate_};
  });
  finish(lock, std::move(reply), std::move(receipt));
}

void FakeEngine::publish(workflow::CloudEvent event, actors::Reply<actors::PublishReceipt> reply) {
  std::unique_lock lock(mutex_);
  calls_.published.push_back(std::move(event));
  finish(lock, std::move(reply),
         Result<actors::PublishReceipt>(
             actors::PublishReceipt{++sequence_, event_fate_ == actors::EventFate::duplicate, 3}));
}

std::vector<actors::EventTypeView> FakeEngine::events() {
  return event_types;
}

void FakeEngine::set_event_fate(actors::EventFate fate) {
  const std::lock_guard lock(mutex_);
  event_fate_ = fate;
}

void FakeEngine::on_sink_events(std::function<void()> told) {
  const std::lock_guard lock(mutex_);
  sinks_told_ = std::move(told);
}

void FakeEngine::tell_sinks() {
  const std::lock_guard lock(mutex_);
  if (sinks_told_) sinks_told_();
}

void FakeEngine::report_sinks(std::vector<actors::SinkView> views) {
  const std::lock_guard lock(mutex_);
  sinks_ = std::move(views);
}

std::vector<actors::SinkView> FakeEngine::sinks() {
  const std::lock_guard lock(mutex_);
  return sinks_;
}

void FakeEngine::settle_sink_events(std::vector<persistence::SinkKey> keys,
                                    actors::Reply<void> reply) {
  std::unique_lock lock(mutex_);
  if (on_settle) on_settle(keys);
  calls_.settled.insert(calls_.settled.end(), keys.begin(), keys.end());
  finish(lock, std::move(reply), Result<void>());
}

void FakeEngine::control(WorkflowName name, actors::Verb verb, std::string reason,
                         actors::Reply<persistence::WorkflowSummary> reply) {
  std::unique_lock lock(mutex_);
  calls_.controlled.push_back({name, verb, reason});
  finish(lock, std::move(reply), controlled(name, verb, reason));
}

void FakeEngine::await_end(WorkflowName name, std::int64_t /*timeout_ms*/,
                           actors::Reply<actors::WorkflowView> reply) {
  std::unique_lock lock(mutex_);
  auto view = find(name);
  if (view && !workflow::is_ended(view->summary.phase) && !error_) {
    waiters_.emplace_back(name, std::move(reply));
    changed_.notify_all();
    return;
  }
  finish(lock, std::move(reply), std::move(view));
}

std::size_t FakeEngine::awaiting() const {
  const std::lock_guard lock(mutex_);
  return waiters_.size();
}

Result<actors::WorkflowView> FakeEngine::show(const WorkflowName& name) {
  const std::lock_guard lock(mutex_);
  if (error_) return Failure(*error_);
  return find(name);
}

Result<std::shared_ptr<const workflow::Definition>> FakeEngine::definition(
    const std::string& ns, const std::string& name, const std::optional<std::string>& version) {
  const std::lock_guard lock(mutex_);
  if (error_) return Failure(*error_);
  std::shared_ptr<const workflow::Definition> found;
  for (const auto& [ref, definition] : definitions_) {
    if (ref.ns == ns && ref.name == name && (!version || ref.version == *version)) {
      found = definition;
    }
  }
  if (!found) return fail(Code::not_found, "there is no definition " + ns + "/" + name);
  return found;
}

actors::ConsumerId FakeEngine::new_consumer() {
  const std::lock_guard lock(mutex_);
  ++worker_calls_;
  return ++consumers_;
}

void FakeEngine::attach(actors::ConsumerId consumer, const std::string& queue, std::string worker,
                        std::shared_ptr<actors::StepSink> sink) {
  const std::lock_guard lock(mutex_);
  ++worker_calls_;
  queues_[queue];
  attachments_[{consumer, queue}] = {std::move(sink), 0};
  calls_.attached.push_back({consumer, queue, std::move(worker)});
  changed_.notify_all();
}

void FakeEngine::credit(actors::ConsumerId consumer, const std::string& queue,
                        std::uint32_t steps) {
  {
    const std::lock_guard lock(mutex_);
    ++worker_calls_;
    const auto it = attachments_.find({consumer, queue});
    if (it == attachments_.end()) return;
    it->second.credit += steps;
  }
  dispatch();
}

void FakeEngine::detach(actors::ConsumerId consumer, bool lost) {
  {
    const std::lock_guard lock(mutex_);
    ++worker_calls_;
    std::erase_if(attachments_, [&](const auto& a) { return a.first.first == consumer; });
    for (auto it = leased_.begin(); it != leased_.end();) {
      if (it->second.consumer != consumer) {
        ++it;
        continue;
      }
      put_back(std::move(it->second.step), lost);
      it = leased_.erase(it);
    }
    calls_.detached.push_back({consumer, lost});
    changed_.notify_all();
  }
  dispatch();
}

void FakeEngine::complete(actors::ConsumerId consumer, actors::StepToken token,
                          workflow::Value result, actors::Reply<void> reply) {
  std::unique_lock lock(mutex_);
  ++worker_calls_;
  if (error_ || !take(token)) return finish(lock, std::move(reply), stale());
  calls_.completed.push_back({consumer, token, std::move(result)});
  finish(lock, std::move(reply), Result<void>());
}

void FakeEngine::fail_step(actors::ConsumerId consumer, actors::StepToken token,
                           actors::StepFailure failure, actors::Reply<void> reply) {
  {
    std::unique_lock lock(mutex_);
    ++worker_calls_;
    auto step = error_ ? std::nullopt : take(token);
    if (!step) return finish(lock, std::move(reply), stale());
    if (failure.retryable) put_back(std::move(*step), true);
    calls_.failed.push_back({consumer, token, std::move(failure)});
    finish(lock, std::move(reply), Result<void>());
  }
  dispatch();
}

void FakeEngine::heartbeat(actors::ConsumerId consumer, std::vector<actors::StepToken> tokens,
                           actors::Reply<std::vector<actors::StepToken>> lost) {
  std::unique_lock lock(mutex_);
  ++worker_calls_;
  std::vector<actors::StepToken> gone;
  for (const auto& token : tokens) {
    calls_.heartbeats.push_back(token);
    const auto it = leased_.find(token.key);
    const bool held =
        it != leased_.end() && it->second.step.token == token && it->second.consumer == consumer;
    if (!held) gone.push_back(token);
  }
  finish(lock, std::move(lost), Result<std::vector<actors::StepToken>>(std::move(gone)));
}

void FakeEngine::release(actors::ConsumerId /*consumer*/, actors::StepToken token) {
  {
    const std::lock_guard lock(mutex_);
    ++worker_calls_;
    auto step = take(token);
    if (!step) return;
    calls_.released.push_back(token);
    put_back(std::move(*step), false);
    changed_.notify_all();
  }
  dispatch();
}

void FakeEngine::queues(actors::Reply<std::vector<actors::QueueView>> reply) {
  std::unique_lock lock(mutex_);
  std::vector<actors::QueueView> views;
  for (const auto& [name, queue] : queues_) views.push_back(view_of(name, queue));
  finish(lock, std::move(reply), Result<std::vector<actors::QueueView>>(std::move(views)));
}

void FakeEngine::queue(const std::string& name, actors::Reply<actors::QueueView> reply) {
  std::unique_lock lock(mutex_);
  finish(lock, std::move(reply), find_queue(name));
}

void FakeEngine::pause_queue(const std::string& name, bool paused, actors::Reply<void> reply) {
  std::unique_lock lock(mutex_);
  const auto it = queues_.find(name);
  if (it != queues_.end()) it->second.view.paused = paused;
  finish(lock, std::move(reply), it == queues_.end() ? no_queue(name) : Result<void>());
}

void FakeEngine::redrive(persistence::StepKey key, actors::Reply<void> reply) {
  std::unique_lock lock(mutex_);
  calls_.redriven.push_back(std::move(key));
  finish(lock, std::move(reply), Result<void>());
}

void FakeEngine::drop(persistence::StepKey key, std::string reason, actors::Reply<void> reply) {
  std::unique_lock lock(mutex_);
  calls_.dropped.emplace_back(std::move(key), std::move(reason));
  finish(lock, std::move(reply), Result<void>());
}

void FakeEngine::put_schedule(actors::ScheduleView view) {
  const std::lock_guard lock(mutex_);
  schedules_[{view.row.ns, view.row.name}] = std::move(view);
}

void FakeEngine::migrate(actors::MigrationRequest request,
                         actors::Reply<persistence::WorkflowSummary> reply) {
  std::unique_lock lock(mutex_);
  persistence::WorkflowSummary summary;
  summary.name = request.name;
  summary.definition.version = request.version;
  calls_.migrated.push_back(std::move(request));
  if (migration_error_) {
    lock.unlock();
    return reply(Failure(*migration_error_));
  }
  finish<persistence::WorkflowSummary>(lock, std::move(reply), std::move(summary));
}

void FakeEngine::schedules(actors::Reply<std::vector<actors::ScheduleView>> reply) {
  std::unique_lock lock(mutex_);
  std::vector<actors::ScheduleView> views;
  for (const auto& [name, view] : schedules_) views.push_back(view);
  finish<std::vector<actors::ScheduleView>>(lock, std::move(reply), std::move(views));
}

void FakeEngine::schedule(const std::string& ns, const std::string& name,
                          actors::Reply<actors::ScheduleView> reply) {
  std::unique_lock lock(mutex_);
  finish<actors::ScheduleView>(lock, std::move(reply), find_schedule(ns, name));
}

void FakeEngine::control_schedule(const std::string& ns, const std::string& name,
                                  actors::ScheduleVerb verb, actors::Reply<void> reply) {
  std::unique_lock lock(mutex_);
  const auto found = find_schedule(ns, name);
  if (found && verb == actors::ScheduleVerb::remove) {
    schedules_.erase({ns, name});
  } else if (found) {
    schedules_[{ns, name}].row.paused = verb == actors::ScheduleVerb::pause;
  }
  finish<void>(lock, std::move(reply),
               found ? Result<void>() : Result<void>(Failure(found.error())));
}

void FakeEngine::trigger_schedule(actors::TriggerRequest request,
                                  actors::Reply<actors::StartReceipt> reply) {
  std::unique_lock lock(mutex_);
  const auto found = find_schedule(request.ns, request.name);
  Result<actors::StartReceipt> result = actors::StartReceipt{};
  result->workflow.name = {request.ns, request.id.value_or(request.name + "-manual-1")};
  if (!found) result = Failure(found.error());
  calls_.triggered.push_back(std::move(request));
  finish<actors::StartReceipt>(lock, std::move(reply), std::move(result));
}

std::vector<actors::ActorView> FakeEngine::tree() {
  const std::lock_guard lock(mutex_);
  return tree_;
}

actors::EngineStats FakeEngine::stats() {
  const std::lock_guard lock(mutex_);
  return stats_;
}

void FakeEngine::add_native_worker(const std::string& /*queue*/, std::uint32_t /*threads*/,
                                   NativeStep /*work*/) {}

}  // namespace endure::testing
