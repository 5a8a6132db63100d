// An actors::Engine in memory, for tests of what stands in front of the engine: HTTP, the worker
// gateway, outbound HTTP. It keeps workflows, queues and leases as simple maps and records every
// call. Replies come at once on the calling thread, or when the test says so (hold_replies()).
// Any thread may call any method; sinks and replies are called without the lock held.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/engine.hpp"

namespace endure::testing {

// A LeasedStep that FakeEngine::push_step() can hand out. `arguments` is msgpack.
actors::LeasedStep make_step(const std::string& queue, WorkflowNumber workflow,
                             std::string arguments = std::string(1, '\x80'));

class FakeEngine final : public actors::Engine {
 public:
  // -- what was asked of it -----------------------------------------------------

  struct Completed {
    actors::ConsumerId consumer = 0;
    actors::StepToken token;
    workflow::Value result;
  };
  struct Failed {
    actors::ConsumerId consumer = 0;
    actors::StepToken token;
    actors::StepFailure failure;
  };
  struct Controlled {
    WorkflowName name;
    actors::Verb verb{};
    std::string reason;
  };
  struct Attached {
    actors::ConsumerId consumer = 0;
    std::string queue;
    std::string worker;
  };
  struct Detached {
    actors::ConsumerId consumer = 0;
    bool lost = false;
  };

  // A copy of all that was recorded so far.
  struct Calls {
    std::vector<std::string> deployed;
    std::vector<actors::StartRequest> started;
    std::vector<std::pair<WorkflowName, workflow::CloudEvent>> sent;
    std::vector<workflow::CloudEvent> published;
    std::vector<persistence::SinkKey> settled;  // events for sinks
    std::vector<Controlled> controlled;
    std::vector<Attached> attached;
    std::vector<Detached> detached;
    std::vector<Completed> completed;  // accepted ones
    std::vector<Failed> failed;        // accepted ones
    std::vector<actors::StepToken> heartbeats;
    std::vector<actors::StepToken> released;
    std::vector<persistence::StepKey> redriven;
    std::vector<std::pair<persistence::StepKey, std::string>> dropped;
    std::vector<actors::MigrationRequest> migrated;
    std::vector<actors::TriggerRequest> triggered;
    std::uint64_t conflicts = 0;  // answers with a token that did not fit
  };
  Calls calls() const;

  // Waits until `done` holds for the recorded calls; false after `timeout_ms`.
  bool wait_until(const std::function<bool(const Calls&)>& done, std::int64_t timeout_ms = 5'000);

  // -- what a test arranges -----------------------------------------------------

  // Migrations are answered with this error.
  void refuse_migrations_with(Error error);

  // Every call with a reply is answered with this error, until it is set to nothing again.
  void answer_with(std::optional<Error> error);

  // Replies are kept, not sent, until release_replies().
  void hold_replies();
  void release_replies();
  std::size_t held_replies() const;

  void put_workflow(actors::WorkflowView view);
  void put_definition(std::shared_ptr<const workflow::Definition> definition);
  void put_queue(actors::QueueView view);
  void put_stats(actors::EngineStats stats);
  void put_tree(std::vector<actors::ActorView> tree);
  // Answers deploy() instead of the default, which takes "namespace/name:version" from the source's
  // first line where it has that form and "default/deployed:1.0.0" otherwise.
  void on_deploy(std::function<Result<std::shared_ptr<const workflow::Definition>>(
                     workflow::SourceFormat, const std::string&)>
                     answer);
  // Ends a workflow and answers those who await it.
  void end_workflow(const WorkflowName& name, workflow::Phase phase, workflow::Value output);

  // Puts a step on its queue, and hands it out where a consumer has credit.
  void push_step(actors::LeasedStep step);
  std::size_t ready_steps(const std::string& queue) const;
  std::size_t leased_steps() const;
  std::uint32_t credit_of(actors::ConsumerId consumer, const std::string& queue) const;
  std::uint32_t greatest_credit() const;  // of any consumer on any queue
  std::size_t most_queues() const;        // of one consumer
  // How often a consumer has called: attached, granted, ended, released, …
  std::uint64_t worker_calls() const;

  // Takes a leased step away, as when its lease ran out, and tells the sink. It is not queued
  // again.
  void revoke(const actors::StepToken& token, const std::string& why);

  // -- Engine -------------------------------------------------------------------

  void deploy(workflow::SourceFormat format, workflow::DefinitionSource source,
              actors::Reply<std::shared_ptr<const workflow::Definition>> reply) override;

  void start(actors::StartRequest request, actors::Reply<actors::StartReceipt> reply) override;

  void send(WorkflowName name, workflow::CloudEvent event,
            actors::Reply<actors::SendReceipt> reply) override;

  void publish(workflow::CloudEvent event, actors::Reply<actors::PublishReceipt> reply) override;

  std::vector<actors::EventTypeView> events() override;
  std::vector<actors::EventTypeView> event_types;  // set before use

  // What becomes of the events that are sent from now on.
  void set_event_fate(actors::EventFate fate);

  void on_sink_events(std::function<void()> told) override;
  void tell_sinks();
  // Set before use: does what the engine's journal would do.
  std::function<void(const std::vector<persistence::SinkKey>&)> on_settle;
  void report_sinks(std::vector<actors::SinkView> views) override;
  std::vector<actors::SinkView> sinks() override;
  void settle_sink_events(std::vector<persistence::SinkKey> keys,
                          actors::Reply<void> reply) override;

  void control(WorkflowName name, actors::Verb verb, std::string reason,
               actors::Reply<persistence::WorkflowSummary> reply) override;

  // Not answered before end_workflow() where the workflow still runs, as if time stood still.
  void await_end(WorkflowName name, std::int64_t /*timeout_ms*/,
                 actors::Reply<actors::WorkflowView> reply) override;
  std::size_t awaiting() const;

  Result<actors::WorkflowView> show(const WorkflowName& name) override;

  Result<std::shared_ptr<const workflow::Definition>> definition(
      const std::string& ns, const std::string& name,
      const std::optional<std::string>& version) override;

  actors::ConsumerId new_consumer() override;

  void attach(actors::ConsumerId consumer, const std::string& queue, std::string worker,
              std::shared_ptr<actors::StepSink> sink) override;

  void credit(actors::ConsumerId consumer, const std::string& queue, std::uint32_t steps) override;

  void detach(actors::ConsumerId consumer, bool lost) override;

  void complete(actors::ConsumerId consumer, actors::StepToken token, workflow::Value result,
                actors::Reply<void> reply) override;

  // A retryable failure puts the step back on its queue at once.
  void fail_step(actors::ConsumerId consumer, actors::StepToken token, actors::StepFailure failure,
                 actors::Reply<void> reply) override;

  void heartbeat(actors::ConsumerId consumer, std::vector<actors::StepToken> tokens,
                 actors::Reply<std::vector<actors::StepToken>> lost) override;

  void release(actors::ConsumerId /*consumer*/, actors::StepToken token) override;

  void queues(actors::Reply<std::vector<actors::QueueView>> reply) override;

  void queue(const std::string& name, actors::Reply<actors::QueueView> reply) override;

  void pause_queue(const std::string& name, bool paused, actors::Reply<void> reply) override;

  void redrive(persistence::StepKey key, actors::Reply<void> reply) override;

  void drop(persistence::StepKey key, std::string reason, actors::Reply<void> reply) override;

  // -- schedules and migrations: what was put in; every call is recorded ---------

  void put_schedule(actors::ScheduleView view);

  void migrate(actors::MigrationRequest request,
               actors::Reply<persistence::WorkflowSummary> reply) override;
  void schedules(actors::Reply<std::vector<actors::ScheduleView>> reply) override;
  void schedule(const std::string& ns, const std::string& name,
                actors::Reply<actors::ScheduleView> reply) override;
  void control_schedule(const std::string& ns, const std::string& name, actors::ScheduleVerb verb,
                        actors::Reply<void> reply) override;
  void trigger_schedule(actors::TriggerRequest request,
                        actors::Reply<actors::StartReceipt> reply) override;

  std::vector<actors::ActorView> tree() override;
  Watchdog& watchdog() override { return watchdog_; }
  actors::EngineStats stats() override;
  std::int64_t step_wait_ms() override { return stats().step_wait_ms; }
  void add_native_worker(const std::string& /*queue*/, std::uint32_t /*threads*/,
                         NativeStep /*work*/) override;

  ManualClock watched;  // the watchdog's; it finds stuck what is busy for a second

 private:
  Watchdog watchdog_{watched, 1'000};
  struct Queue {
    actors::QueueView view;
    std::deque<actors::LeasedStep> ready;
  };
  struct Attachment {
    std::shared_ptr<actors::StepSink> sink;
    std::uint32_t credit = 0;
  };
  struct Lease {
    actors::ConsumerId consumer = 0;
    actors::LeasedStep step;
  };

  // Sends the reply without the lock, or keeps it. The lock is released.
  template <class T>
  void finish(std::unique_lock<std::mutex>& lock, actors::Reply<T> reply, Result<T> answer) {
    if (error_) answer = Failure(*error_);
    changed_.notify_all();
    if (hold_) {
      held_.push_back([reply = std::move(reply), answer = std::move(answer)] { reply(answer); });
      lock.unlock();
      return;
    }
    lock.unlock();
    reply(std::move(answer));
  }

  Result<void> stale() {
    if (!error_) ++calls_.conflicts;
    return fail(Code::conflict, "the token is stale: the step was answered, or taken away");
  }

  static Result<void> no_queue(const std::string& name) {
    return fail(Code::not_found, "there is no queue '" + name + "'", "queue");
  }

  std::optional<actors::LeasedStep> take(const actors::StepToken& token) {
    const auto it = leased_.find(token.key);
    if (it == leased_.end() || !(it->second.step.token == token)) return std::nullopt;
    auto step = std::move(it->second.step);
    leased_.erase(it);
    return step;
  }

  void put_back(actors::LeasedStep step, bool attempt_counts) {
    if (attempt_counts) ++step.token.attempt;
    queues_[step.token.key.queue].ready.push_back(std::move(step));
  }

  // Hands out what ready steps and credits allow.
  void dispatch() {
    std::vector<std::pair<std::shared_ptr<actors::StepSink>, std::vector<actors::LeasedStep>>> out;
    {
      const std::lock_guard lock(mutex_);
      for (auto& [key, attachment] : attachments_) {
        auto& queue = queues_[key.second];
        std::vector<actors::LeasedStep> steps;
        while (!queue.view.paused && attachment.credit > 0 && !queue.ready.empty()) {
          --attachment.credit;
          auto step = std::move(queue.ready.front());
          queue.ready.pop_front();
          leased_[step.token.key] = {key.first, step};
          steps.push_back(std::move(step));
        }
        if (!steps.empty()) out.emplace_back(attachment.sink, std::move(steps));
      }
    }
    for (auto& [sink, steps] : out) sink->deliver(std::move(steps));
  }

  Result<actors::ScheduleView> find_schedule(const std::string& ns, const std::string& name) const {
    const auto it = schedules_.find({ns, name});
    if (it == schedules_.end()) return fail(Code::not_found, "no schedule '" + name + "'", "name");
    return it->second;
  }

  Result<actors::WorkflowView> find(const WorkflowName& name) const {
    const auto it = workflows_.find(name);
    if (it == workflows_.end()) {
      return fail(Code::not_found, "there is no workflow " + name.ns + "/" + name.id);
    }
    return it->second;
  }

  Result<persistence::WorkflowSummary> summary_of(const WorkflowName& name) const {
    return find(name).map([](const actors::WorkflowView& view) { return view.summary; });
  }

  Result<actors::StartReceipt> started(const actors::StartRequest& request) {
    const auto it = workflows_.find(request.name);
    if (it != workflows_.end()) {
      if (request.on_conflict == actors::OnConflict::return_existing) {
        return actors::StartReceipt{it->second.summary, true};
      }
      return fail(Code::conflict, "the workflow " + request.name.id + " exists already", "id");
    }
    if (error_) return Failure(*error_);
    actors::WorkflowView view;
    auto& snapshot = view.snapshot;
    snapshot.number = ++sequence_;
    snapshot.name = request.name;
    snapshot.definition = {request.name.ns, request.definition, request.version.value_or("1.0.0")};
    snapshot.phase = workflow::Phase::running;
    snapshot.transition = 1;
    snapshot.created = snapshot.updated = Instant{1'700'000'000'000};
    snapshot.input = request.input;
    view.summary = {snapshot.number,
                    snapshot.name,
                    snapshot.definition,
                    snapshot.phase,
                    snapshot.status,
                    snapshot.cause,
                    1,
                    snapshot.created,
                    snapshot.updated};
    workflows_[request.name] = view;
    return actors::StartReceipt{view.summary, false};
  }

  Result<persistence::WorkflowSummary> controlled(const WorkflowName& name, actors::Verb verb,
                                                  const std::string& reason) {
    const auto it = workflows_.find(name);
    if (it == workflows_.end()) return summary_of(name);
    auto& summary = it->second.summary;
    if (workflow::is_ended(summary.phase)) {
      return fail(Code::conflict, "the workflow has ended");
    }
    switch (verb) {
      case actors::Verb::cancel:
      case actors::Verb::terminate: summary.phase = workflow::Phase::cancelled; break;
      case actors::Verb::pause: summary.phase = workflow::Phase::suspended; break;
      case actors::Verb::resume: summary.phase = workflow::Phase::running; break;
    }
    summary.cause = reason;
    ++summary.transition;
    return summary;
  }

  Result<actors::QueueView> find_queue(const std::string& name) const {
    const auto it = queues_.find(name);
    if (it == queues_.end()) return Failure(no_queue(name).error());
    return view_of(name, it->second);
  }

  actors::QueueView view_of(const std::string& name, const Queue& queue) const {
    auto view = queue.view;
    view.queue = name;
    view.counts.ready = std::max<std::uint64_t>(view.counts.ready, queue.ready.size());
    return view;
  }

  static std::shared_ptr<const workflow::Definition> parse(const std::string& source) {
    auto definition = std::make_shared<workflow::Definition>();
    definition->ref = {"default", "deployed", "1.0.0"};
    const std::string line = source.substr(0, source.find('\n'));
    const auto slash = line.find('/');
    const auto colon = line.rfind(':');
    if (slash != std::string::npos && colon != std::string::npos && slash < colon) {
      definition->ref = {line.substr(0, slash), line.substr(slash + 1, colon - slash - 1),
                         line.substr(colon + 1)};
    }
    definition->source = source;
    return definition;
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Calls calls_;
  std::optional<Error> migration_error_;
  std::optional<Error> error_;
  bool hold_ = false;
  std::vector<std::function<void()>> held_;
  std::function<void()> sinks_told_;
  std::vector<actors::SinkView> sinks_;
  actors::EventFate event_fate_ = actors::EventFate::taken;
  std::uint64_t sequence_ = 0;
  actors::ConsumerId consumers_ = 0;
  std::uint64_t worker_calls_ = 0;
  std::map<WorkflowName, actors::WorkflowView> workflows_;
  std::map<workflow::DefinitionRef, std::shared_ptr<const workflow::Definition>> definitions_;
  std::map<std::pair<std::string, std::string>, actors::ScheduleView> schedules_;
  std::map<std::string, Queue> queues_;
  std::map<std::pair<actors::ConsumerId, std::string>, Attachment> attachments_;
  std::map<persistence::StepKey, Lease> leased_;
  std::vector<std::pair<WorkflowName, actors::Reply<actors::WorkflowView>>> waiters_;
  actors::EngineStats stats_;
  std::vector<actors::ActorView> tree_;
  std::function<Result<std::shared_ptr<const workflow::Definition>>(workflow::SourceFormat,
                                                                    const std::string&)>
      on_deploy_;
};

}  // namespace endure::testing
