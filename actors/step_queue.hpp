// The state of one step queue: a window of its ready steps, who holds which under a lease, and
// whose turn it is. Pure: no clock, no store, no actor; the queue actor brings all of that.
//
// The table in the store is the queue; this is its delivery window. Ready steps up to `covered` are
// in memory (in the window or leased), what lies behind is on disk only and is loaded in slices, so
// a backlog of any length needs the same memory.
#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/engine.hpp"
#include "base/placement.hpp"
#include "persistence/records.hpp"

namespace endure::actors {

class StepQueue {
 public:
  struct Lease {
    persistence::StepRecord step;
    StepToken token;
    ConsumerId consumer = 0;  // 0: held for a worker from before the node's restart
    std::string worker;
    std::int64_t deadline_ms = 0;  // steady
    bool settling = false;         // its end is being committed
  };
  struct Delivery {
    std::shared_ptr<StepSink> sink;
    std::vector<LeasedStep> steps;
  };
  struct Time {
    Instant now;
    std::int64_t steady_ms = 0;
  };
  enum class Holds : std::uint8_t {
    yes,       // the token's holder may end the step
    settling,  // its end is being committed: a second answer
    stale,     // the lease is over, or was another attempt's
    on_disk,   // a token from before the restart, of a step that is not in the window
  };

  StepQueue(std::string name, std::size_t window, std::uint64_t epoch);

  // -- consumers --
  void attach(ConsumerId id, std::string worker, std::shared_ptr<StepSink> sink);
  void credit(ConsumerId id, std::uint32_t steps);
  // Its leases, now settling: the caller returns them to the queue.
  std::vector<Lease> detach(ConsumerId id);
  std::size_t consumers() const { return consumers_.size(); }

  // -- ready steps --
  void add(persistence::StepRecord step, Time time);
  bool wants_slice() const;
  // The position behind which the slice is to be read; begins the refill.
  std::optional<persistence::StepKey> begin_slice();
  void slice_loaded(const std::vector<persistence::StepRecord>& steps, std::size_t limit,
                    Time time);
  void rescan();
  // The step is gone from the store. Its lease, where it had one.
  std::optional<Lease> forget(const persistence::StepKey& key);
  // The steps of a shard of the cluster are not this node's any more. The leases of them.
  std::vector<Lease> forget_shard(Shard shard);

  // -- leases --
  std::vector<Delivery> hand_out(Time time);
  Holds holds(const StepToken& token) const;
  // After holds() said yes: marks the lease (adopting it for `consumer` where it is from before a
  // restart) and returns it. The reference lives until the next call.
  const Lease& begin_settle(const StepToken& token, ConsumerId consumer, Time time);
  // For Holds::on_disk, with what the store holds. False: stale.
  bool adopt(const StepToken& token, ConsumerId consumer,
             const std::optional<persistence::StepRecord>& step, Time time);
  // The end was not accepted for a passing reason, or was none: the holder keeps the step with a
  // new lease, or for `left_ms`.
  void unsettle(const persistence::StepKey& key, Time time,
                std::optional<std::int64_t> left_ms = std::nullopt);
  // The step's end is durable.
  void settled(const persistence::StepKey& key);
  // Starts the lease anew; null: not held. The pointer lives until the next call.
  const Lease* extend(const StepToken& token, ConsumerId consumer, Time time);
  // Handed back unstarted: ready again, no attempt counted.
  void release(const StepToken& token, Time time);
  // Leases past their deadline, now settling.
  std::vector<Lease> expired(std::int64_t steady_ms);

  void pause(bool paused) { paused_ = paused; }
  bool paused() const { return paused_; }
  std::size_t leased() const { return leases_.size(); }
  std::size_t in_memory() const { return window_.size() + leases_.size(); }

 private:
  // A step's place in the queue, without the queue's name.
  struct Position {
    std::uint8_t priority = 0;
    std::int64_t enqueued_ms = 0;
    WorkflowNumber workflow = 0;
    workflow::WaitId wait = 0;
    auto operator<=>(const Position&) const = default;
  };
  struct Consumer {
    std::string worker;
    std::shared_ptr<StepSink> sink;
    std::uint32_t credit = 0;
    bool queued = false;  // stands in turn_
  };

  static Position position_of(const persistence::StepKey& key);
  bool covered(const Position& position) const;
  void insert(persistence::StepRecord&& step, const Position& position, Time time);
  void shrink();
  ConsumerId next_consumer();
  LeasedStep lease(persistence::StepRecord&& step, ConsumerId id, const Consumer& consumer,
                   Time time);

  std::string name_;
  std::size_t limit_;
  std::uint64_t epoch_;
  bool paused_ = false;

  std::map<Position, persistence::StepRecord> window_;
  bool whole_ = false;               // nothing ready lies on disk only
  std::optional<Position> covered_;  // else: everything up to here is in memory
  bool loading_ = false;
  bool rescan_ = false;                               // asked for while a slice was under way
  std::map<Position, persistence::StepRecord> held_;  // arrived while a slice was under way
  std::set<Position> gone_;                           // went while a slice was under way

  std::map<Position, Lease> leases_;
  std::unordered_map<ConsumerId, Consumer> consumers_;
  std::deque<ConsumerId> turn_;  // consumers with credit, round robin
};

}  // namespace endure::actors
