#include "actors/queue_actor.hpp"

#include <algorithm>
#include <utility>

#include "base/fault_point.hpp"
#include "base/log.hpp"
#include "base/mutant.hpp"

namespace endure::actors {

using persistence::StepKey;
using persistence::StepRecord;

namespace {

constexpr std::size_t slice_rows = 1'024;
constexpr std::size_t delayed_rows = 1'024;
constexpr const char* lease_lost_type = "https://serverlessworkflow.io/spec/1.0.0/errors/timeout";

const char* why_stale(StepQueue::Holds state) {
  return state == StepQueue::Holds::settling
             ? "this step was answered already"
             : "this token no longer holds the step: its lease ran out, or the step was taken back";
}

}  // namespace

std::int64_t backoff_ms(const StepRecord& step, std::uint32_t attempts) {
  const auto doublings = std::min<std::uint32_t>(attempts > 0 ? attempts - 1 : 0, 30);
  std::int64_t delay = step.backoff_ms << doublings;
  if (delay > step.max_backoff_ms || delay < 0) delay = step.max_backoff_ms;
  const std::uint64_t mixed = (step.key.workflow * 0x9E3779B97F4A7C15ULL) ^
                              (step.key.wait * 0xC2B2AE3D27D4EB4FULL) ^
                              (attempts * 0x165667B19E3779F9ULL);
  const auto spread = static_cast<std::int64_t>((mixed >> 40U) % 1'000U);
  return delay + delay * spread / 5'000;
}

QueueActor::QueueActor(caf::actor_config& config, Context& context, std::string name,
                       Context::Results results)
    : EndureActor(config),
      context_(context),
      name_(std::move(name)),
      results_(std::move(results)),
      queue_(name_, context.config.queue_window, context.store.epoch()),
      vitals_(context.vitals("/root/queues/" + name_)) {}

caf::behavior QueueActor::make_behavior() {
  load_slice();
  look_at_delayed();
  return {
      [this](QueueNews& m) { on_news(m); },
      [this](const RescanQueue&) { on_rescan(); },
      [this](const ReadyLoaded& m) { on_ready_loaded(m); },
      [this](const DelayedDue& m) { on_delayed_due(m); },
      [this](const AttachConsumer& m) { on_attach(m); },
      [this](const GrantCredit& m) { on_credit(m); },
      [this](const DetachConsumer& m) { on_detach(m); },
      [this](const ResultsArrived&) { take_results(); },
      [this](FailStep& m) { on_fail(m); },
      [this](const StepFound& m) { on_found(m); },
      [this](const StepSettled& m) { on_settled(m); },
      [this](const StepDelayed& m) { on_delayed(m); },
      [this](const ExtendLeases& m) { on_extend(m); },
      [this](const ReleaseStep& m) { on_release(m); },
      [this](const PauseQueue& m) { on_pause(m); },
      [this](const ReportQueue& m) { on_report(m); },
      [this](const ShardLeft& m) { on_left(m); },
      [this](const Tick&) { on_tick(); },
      [this](const ShowVitals&) { vitals_->shown(mailbox().size() + results_->size()); },
  };
}

void QueueActor::on_exit() {
  sinks_.clear();
}

StepQueue::Time QueueActor::time() const {
  return {context_.clock.now(), context_.clock.steady_ms()};
}

// -- ready steps ----------------------------------------------------------------

void QueueActor::on_news(QueueNews& news) {
  for (const StepSettled& settled : news.settled) conclude(settled);
  for (const StepKey& key : news.gone) withdraw(key);
  const StepQueue::Time at = time();
  for (StepRecord& step : news.ready) queue_.add(std::move(step), at);
  hand_out();
}

void QueueActor::withdraw(const StepKey& key) {
  const auto lease = queue_.forget(key);
  if (!lease || lease->consumer == 0) return;
  const auto sink = sinks_.find(lease->consumer);
  if (sink != sinks_.end()) {
    sink->second->revoke(lease->token, "its workflow no longer waits for it");
  }
}

// Its steps are handed out by another node now. What was read before the shard left may come
// later: it is looked at when it comes.
void QueueActor::on_left(const ShardLeft& left) {
  for (const StepQueue::Lease& lease : queue_.forget_shard(left.shard)) {
    const auto sink = sinks_.find(lease.consumer);
    if (sink != sinks_.end())
      sink->second->revoke(lease.token, "its workflow goes to another node");
  }
  load_slice();
}

void QueueActor::on_rescan() {
  queue_.rescan();
  load_slice();
  look_at_delayed();
}

void QueueActor::load_slice() {
  if (!queue_.wants_slice()) return;
  context_.loader.post([self = caf::actor_cast<caf::actor>(this), &context = context_, name = name_,
                        after = queue_.begin_slice()] {
    auto steps = context.store.ready_steps(name, after, slice_rows);
    if (!steps) {
      context.fatal(steps.error());
      return;
    }
    tell(self, ReadyLoaded{std::move(*steps), slice_rows});
  });
}

void QueueActor::on_ready_loaded(const ReadyLoaded& loaded) {
  queue_.slice_loaded(loaded.steps, loaded.limit, time());
  // Of a shard that has left since.
  for (const StepRecord& step : loaded.steps) {
    if (!context_.is_here(step.key.workflow)) queue_.forget(step.key);
  }
  hand_out();
}

void QueueActor::hand_out() {
  ENDURE_FAULT_POINT("queue.before_hand_out");
  for (StepQueue::Delivery& delivery : queue_.hand_out(time())) {
    delivered_ += delivery.steps.size();
    note_wait(delivery.steps.front());
    delivery.sink->deliver(std::move(delivery.steps));
  }
  load_slice();
}

// A step that is tried again has been ready for other reasons than the load.
void QueueActor::note_wait(const LeasedStep& oldest) {
  if (oldest.token.attempt > 1) return;
  context_.step_waits.note(context_.clock.steady_ms(),
                           context_.clock.now() - oldest.token.key.enqueued);
}

// Delayed steps whose time has come: read, made ready in one commit, then handed out.
void QueueActor::look_at_delayed() {
  if (std::exchange(looking_at_delayed_, true)) {
    look_again_ = true;
    return;
  }
  context_.loader.post(
      [self = caf::actor_cast<caf::actor>(this), &context = context_, name = name_] {
        const Instant now = context.clock.now();
        auto steps = context.store.delayed_steps(name, now, delayed_rows);
        auto next = context.store.next_delayed(name);
        if (!steps || !next) {
          context.fatal(steps ? next.error() : steps.error());
          return;
        }
        DelayedDue due{std::move(*steps), *next, false};
        due.more = due.steps.size() == delayed_rows;
        if (due.steps.empty()) {
          tell(self, std::move(due));
          return;
        }
        persistence::StepsDue change{name, {}};
        for (StepRecord& step : due.steps) change.steps.push_back({step.key, step.due});
        context.journal.submit(std::move(change), [self, due = std::move(due)](const auto& result) {
          DelayedDue committed = due;
          if (!result) committed.steps.clear();
          tell(self, std::move(committed));
        });
      });
}

void QueueActor::on_delayed_due(const DelayedDue& due) {
  looking_at_delayed_ = false;
  ENDURE_FAULT_POINT("queue.delayed_due");
  const StepQueue::Time at = time();
  for (const StepRecord& step : due.steps) {
    if (!context_.is_here(step.key.workflow)) continue;
    StepRecord ready = step;
    ready.due = {};
    queue_.add(ready, at);
  }
  next_delayed_ = due.next;
  if (due.more || !due.steps.empty() || std::exchange(look_again_, false)) look_at_delayed();
  if (!due.steps.empty()) hand_out();
}

// -- consumers ------------------------------------------------------------------

void QueueActor::on_attach(const AttachConsumer& attach) {
  sinks_[attach.consumer] = attach.sink;
  queue_.attach(attach.consumer, attach.worker, attach.sink);
}

void QueueActor::on_credit(const GrantCredit& grant) {
  queue_.credit(grant.consumer, grant.steps);
  hand_out();
}

void QueueActor::on_detach(const DetachConsumer& detach) {
  sinks_.erase(detach.consumer);
  for (const StepQueue::Lease& lease : queue_.detach(detach.consumer)) {
    if (!detach.lost) {
      queue_.unsettle(lease.step.key, time());
      queue_.release(lease.token, time());
      continue;
    }
    ++redelivered_;
    StepFailure failure;
    failure.fault = {lease_lost_type, 408, "worker lost",
                     "the worker '" + lease.worker + "' went away while it held the step", ""};
    log(Level::warning, "step redelivered: its worker is lost",
        {{"workflow", lease.step.name.id},
         {"queue", name_},
         {"task", lease.step.task},
         {"attempt", lease.token.attempt},
         {"worker", lease.worker}});
    end_attempt(lease, failure, 0, {});
  }
  hand_out();
}

// -- the end of a step ------------------------------------------------------------

void QueueActor::with_lease(ConsumerId consumer, const StepToken& token, Promise<> reply,
                            std::function<void()> go_on) {
  const StepQueue::Holds state = queue_.holds(token);
  if (state == StepQueue::Holds::yes) {
    go_on();
    return;
  }
  if (state != StepQueue::Holds::on_disk) {
    reply(fail(Code::conflict, why_stale(state), "token"));
    return;
  }
  // A worker came back after the node's restart, and its step is not in the window.
  auto proceed = std::make_shared<std::function<void(Result<void>)>>(
      [go_on = std::move(go_on), reply](const Result<void>& adopted) {
        adopted ? go_on() : reply(adopted);
      });
  context_.loader.post([self = caf::actor_cast<caf::actor>(this), &context = context_, name = name_,
                        consumer, token, proceed] {
    persistence::StepKey before = token.key;
    before.wait = token.key.wait > 0 ? token.key.wait - 1 : 0;
    auto steps = context.store.ready_steps(name, before, 1);
    StepFound found{consumer, token, std::nullopt, proceed};
    if (steps && !steps->empty() && steps->front().key == token.key) found.step = steps->front();
    tell(self, std::move(found));
  });
}

void QueueActor::on_found(const StepFound& found) {
  if (queue_.holds(found.token) == StepQueue::Holds::yes ||
      queue_.adopt(found.token, found.consumer, found.step, time())) {
    (*found.go_on)({});
  } else {
    (*found.go_on)(fail(Code::conflict, why_stale(StepQueue::Holds::stale), "token"));
  }
}

// All that have come meanwhile, a message a shard.
void QueueActor::take_results() {
  std::map<std::size_t, std::vector<ShardWork>> by_shard;
  const StepQueue::Time at = time();
  for (CompleteStep& complete : results_->take()) {
    if (queue_.holds(complete.token) == StepQueue::Holds::yes) {
      const std::size_t shard = context_.shard_index(complete.token.key.workflow);
      by_shard[shard].emplace_back(completed(complete, at));
      continue;
    }
    with_lease(complete.consumer, complete.token, complete.reply, [this, complete] {
      context_.shard_of(complete.token.key.workflow).tell(completed(complete, time()));
    });
  }
  for (auto& [shard, work] : by_shard) context_.shards[shard]->tell(std::move(work));
}

DeliverEvent QueueActor::completed(const CompleteStep& complete, StepQueue::Time at) {
  const StepQueue::Lease& lease = queue_.begin_settle(complete.token, complete.consumer, at);
  workflow::StepCompleted event;
  event.wait = complete.token.key.wait;
  event.result = complete.result;
  event.attempt = complete.token.attempt;
  event.worker = lease.worker;
  return delivery(lease.token, std::move(event), true, complete.reply);
}

void QueueActor::on_fail(FailStep& failure) {
  with_lease(failure.consumer, failure.token, failure.reply,
             [this, failure] { fail_held(failure); });
}

void QueueActor::fail_held(const FailStep& failure) {
  const StepQueue::Lease lease = queue_.begin_settle(failure.token, failure.consumer, time());
  ++failed_;
  const std::int64_t delay = std::max(backoff_ms(lease.step, failure.token.attempt),
                                      failure.failure.retry_after_ms.value_or(0));
  end_attempt(lease, failure.failure, delay, failure.reply);
}

void QueueActor::end_attempt(const StepQueue::Lease& lease, const StepFailure& failure,
                             std::int64_t delay_ms, Promise<> reply) {
  const bool exhausted = lease.token.attempt >= lease.step.max_attempts;
  if (!failure.retryable || exhausted) {
    workflow::StepFailed event;
    event.wait = lease.token.key.wait;
    event.fault = failure.fault;
    event.exhausted = failure.retryable;
    event.attempt = lease.token.attempt;
    event.worker = lease.worker;
    context_.shard_of(lease.token.key.workflow)
        .tell(delivery(lease.token, std::move(event), false, std::move(reply)));
    return;
  }
  StepRecord step = lease.step;
  step.attempts = lease.token.attempt - (ENDURE_MUTANT("lost_attempt") ? 1 : 0);
  step.last_fault = failure.fault;
  step.due = delay_ms > 0 ? context_.clock.now() + delay_ms : Instant{};
  step.leased_until = {};
  step.leased_by.clear();
  ENDURE_FAULT_POINT("queue.before_retry");
  context_.journal.submit(
      persistence::StepRetried{step},
      [self = caf::actor_cast<caf::actor>(this), step, reply](const Result<void>& result) {
        tell(self, StepDelayed{step, result});
        reply(result);
      });
}

void QueueActor::on_delayed(const StepDelayed& delayed) {
  ENDURE_FAULT_POINT("queue.after_retry");
  if (!delayed.result && delayed.result.error().code != Code::conflict) {
    queue_.unsettle(delayed.step.key, time());
    return;
  }
  queue_.settled(delayed.step.key);
  if (!delayed.result) return;  // the workflow withdrew the step meanwhile
  if (delayed.step.due.ms == 0) {
    queue_.add(delayed.step, time());
    hand_out();
  } else if (!next_delayed_ || delayed.step.due < *next_delayed_) {
    next_delayed_ = delayed.step.due;
  }
}

DeliverEvent QueueActor::delivery(const StepToken& token, workflow::Event event, bool completed,
                                  Promise<> reply) {
  if (ENDURE_MUTANT("ack_before_commit")) reply({});
  DeliverEvent deliver{token.key.workflow, std::move(event), 0, {}};
  deliver.answer = std::make_shared<StepAnswer>(caf::actor_cast<caf::actor>(this), token, completed,
                                                std::move(reply));
  return deliver;
}

// What the workflow made of a result or a final failure.
void QueueActor::conclude(const StepSettled& settled) {
  ENDURE_FAULT_POINT("queue.settled");
  const bool passing = !settled.result && settled.result.error().code != Code::conflict &&
                       settled.result.error().code != Code::not_found;
  if (passing) {
    queue_.unsettle(settled.token.key, time());
  } else if (ENDURE_MUTANT("hand_out_again")) {
    queue_.unsettle(settled.token.key, time());
    queue_.release(settled.token, time());
    hand_out();
  } else {
    queue_.settled(settled.token.key);
    if (settled.result && settled.completed) ++completed_;
  }
  settled.reply(settled.result);
}

void QueueActor::on_settled(const StepSettled& settled) {
  conclude(settled);
  load_slice();
}

// -- leases ---------------------------------------------------------------------

void QueueActor::on_extend(const ExtendLeases& extend) {
  const StepQueue::Time at = time();
  std::vector<StepToken> lost;
  persistence::LeasesKept kept;
  for (const StepToken& token : extend.tokens) {
    const StepQueue::Lease* lease = queue_.extend(token, extend.consumer, at);
    if (lease == nullptr) {
      lost.push_back(token);
    } else if (!lease->settling) {
      // From its first heartbeat on a lease outlives a crash of the node; short steps never pay.
      kept.leases.push_back({token.key, at.now + lease->step.lease_ms, lease->worker});
    }
  }
  if (!kept.leases.empty()) context_.journal.submit(std::move(kept), [](const Result<void>&) {});
  extend.lost(std::move(lost));
}

void QueueActor::on_release(const ReleaseStep& release) {
  queue_.release(release.token, time());
  hand_out();
}

void QueueActor::on_tick() {
  take_results();  // what has ended is not overdue
  const StepQueue::Time at = time();
  for (const StepQueue::Lease& lease : queue_.expired(at.steady_ms)) {
    const auto sink = sinks_.find(lease.consumer);
    const Overdue overdue = sink == sinks_.end() ? Overdue{} : sink->second->overdue(lease.token);
    if (overdue.step == Overdue::Step::begun) {
      queue_.unsettle(lease.step.key, at, overdue.left_ms);
      continue;
    }
    if (overdue.step == Overdue::Step::returned) {
      queue_.unsettle(lease.step.key, at);
      queue_.release(lease.token, at);
      continue;
    }
    ++redelivered_;
    if (sink != sinks_.end()) sink->second->revoke(lease.token, "its lease ran out");
    StepFailure failure;
    failure.fault = {lease_lost_type, 408, "lease lost",
                     "the worker '" + lease.worker + "' let the lease of " +
                         std::to_string(lease.step.lease_ms) + " ms run out",
                     ""};
    log(Level::warning, "step redelivered: its lease ran out",
        {{"workflow", lease.step.name.id},
         {"queue", name_},
         {"task", lease.step.task},
         {"attempt", lease.token.attempt},
         {"worker", lease.worker}});
    end_attempt(lease, failure, 0, {});
  }
  if (next_delayed_ && *next_delayed_ <= at.now) {
    next_delayed_.reset();
    look_at_delayed();
  }
}

// -- control --------------------------------------------------------------------

void QueueActor::on_pause(const PauseQueue& pause) {
  queue_.pause(pause.paused);
  hand_out();
}

void QueueActor::on_report(const ReportQueue& report) {
  QueueView view;
  view.queue = name_;
  view.paused = queue_.paused();
  view.counts = context_.store.queue_counts(name_);
  view.leased = queue_.leased();
  view.consumers = queue_.consumers();
  view.delivered = delivered_;
  view.completed = completed_;
  view.failed = failed_;
  view.redelivered = redelivered_;
  context_.loader.post([&context = context_, view = std::move(view), reply = report.reply] {
    QueueView shown = view;
    const auto first = context.store.ready_steps(shown.queue, std::nullopt, 1);
    if (first && !first->empty()) shown.oldest = first->front().key.enqueued;
    const auto delayed = context.store.delayed_steps(shown.queue, {INT64_MAX}, 1);
    if (delayed && !delayed->empty()) {
      const Instant enqueued = delayed->front().key.enqueued;
      if (!shown.oldest || enqueued < *shown.oldest) shown.oldest = enqueued;
    }
    reply(std::move(shown));
  });
}

}  // namespace endure::actors
