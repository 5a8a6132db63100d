// One step queue, alive: hands steps out under leases, takes their results to the workflows,
// retries what failed, and gives up what keeps failing. Its state is a StepQueue; its truth is the
// table.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/context.hpp"
#include "actors/messages.hpp"
#include "actors/shard_move.hpp"
#include "actors/step_queue.hpp"

namespace endure::actors {

class QueueActor final : public EndureActor {
 public:
  // `results` outlives this actor: a restarted one goes on with what lies there.
  QueueActor(caf::actor_config& config, Context& context, std::string name,
             Context::Results results);

  caf::behavior make_behavior() override;
  void on_exit() override;

 private:
  void on_news(QueueNews& news);
  void on_rescan();
  void on_ready_loaded(const ReadyLoaded& loaded);
  void on_delayed_due(const DelayedDue& due);
  void on_attach(const AttachConsumer& attach);
  void on_credit(const GrantCredit& grant);
  void on_detach(const DetachConsumer& detach);
  void take_results();
  void on_fail(FailStep& failure);
  void on_found(const StepFound& found);
  void on_settled(const StepSettled& settled);
  void on_delayed(const StepDelayed& delayed);
  void on_extend(const ExtendLeases& extend);
  void on_release(const ReleaseStep& release);
  void on_pause(const PauseQueue& pause);
  void on_report(const ReportQueue& report);
  void on_left(const ShardLeft& left);
  void on_tick();

  // Runs `go_on` when the token's holder may end the step; answers Code::conflict when not.
  void with_lease(ConsumerId consumer, const StepToken& token, Promise<> reply,
                  std::function<void()> go_on);
  DeliverEvent completed(const CompleteStep& complete, StepQueue::Time at);
  void fail_held(const FailStep& failure);
  // A failed attempt, by whatever cause: again later, or the workflow's own affair.
  void end_attempt(const StepQueue::Lease& lease, const StepFailure& failure, std::int64_t delay_ms,
                   Promise<> reply);
  DeliverEvent delivery(const StepToken& token, workflow::Event event, bool completed,
                        Promise<> reply);
  void conclude(const StepSettled& settled);
  void withdraw(const persistence::StepKey& key);
  void hand_out();
  void note_wait(const LeasedStep& oldest);
  void load_slice();
  void look_at_delayed();
  StepQueue::Time time() const;

  Context& context_;
  std::string name_;
  Context::Results results_;
  StepQueue queue_;
  std::shared_ptr<Vitals> vitals_;
  std::map<ConsumerId, std::shared_ptr<StepSink>> sinks_;
  std::optional<Instant> next_delayed_;
  bool looking_at_delayed_ = false;
  bool look_again_ = false;
  std::uint64_t delivered_ = 0;
  std::uint64_t completed_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t redelivered_ = 0;
};

// The delay before attempt `attempts + 1`: doubles from backoff_ms up to max_backoff_ms, spread by
// up to a fifth so that steps that failed together do not come back together (the spread is drawn
// from the step's own key, so it is the same for the same step and attempt).
std::int64_t backoff_ms(const persistence::StepRecord& step, std::uint32_t attempts);

}  // namespace endure::actors
