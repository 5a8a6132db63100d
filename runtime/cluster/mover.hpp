// Brings shards to other nodes: what is to go (a row's `to`) goes, one shard after the other, and
// what a crash has left half-done is finished or undone. How a shard changes hands:
// persistence/shard_move.hpp.
//
// The old owner drives, on a thread of its own: it asks the new one to expect the shard, freezes
// it, sends its rows in parts, has them compared, gives the shard away, and has it taken. Where the
// new one does not answer before the shard is given, the shard thaws and is tried again later; once
// it is given, the new one is told until it has taken it. Memory: one part, and the numbers of the
// shard's workflows.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "actors/cluster_engine.hpp"
#include "base/clock.hpp"
#include "persistence/shard_move.hpp"
#include "persistence/store.hpp"
#include "runtime/bridge/bridge.hpp"
#include "runtime/cluster/move_messages.hpp"
#include "runtime/http/elastic_pool.hpp"

namespace endure::cluster {

struct MoverPorts {
  actors::ClusterEngine& engine;
  persistence::Store& store;
  bridge::Bridge& bridge;
  Clock& clock;
  http::ElasticPool& pool;                   // for what reads a whole shard
  std::function<std::string()> definitions;  // a digest of those that this node has
  std::function<void()> changed;             // this node has other shards than before; any thread
  // Where the shard's owner wants it to go, as it has told; empty: nowhere.
  std::function<std::string(Shard)> wanted_at;
};

struct MoveFigures {
  std::uint64_t moved = 0;      // shards that went from here, since the start
  std::uint64_t taken = 0;      // that came
  std::uint64_t given_up = 0;   // attempts
  std::uint64_t rows = 0;       // sent
  std::int64_t longest_ms = 0;  // that a shard was served by nobody, as its old owner sees it
};

class Mover {
 public:
  explicit Mover(MoverPorts ports);
  ~Mover();  // stops
  Mover(const Mover&) = delete;
  Mover& operator=(const Mover&) = delete;

  void start();
  // Begins nothing more. The bridge stops, so that the call under way fails; then stop().
  void begin_stop();
  void stop();
  // There may be something to do. Any thread.
  void look();
  // What another node says. The bridge's thread; answers by itself.
  void on_offer(const std::string& node, bridge::CallPlace place, std::string_view body);

  MoveFigures figures() const;
  // Why the shard, which is to go, is still here; empty: nothing is known.
  std::string problem(Shard shard) const;
  // It is asked for anew: what went wrong before does not count.
  void forget(Shard shard);

 private:
  using ShardRow = persistence::ShardRow;
  using ShardStep = persistence::ShardStep;
  struct Trouble {
    std::string problem;
    std::int64_t not_before_ms = 0;  // steady
    std::int64_t wait_ms = 0;
  };

  void run();
  void see_to(const ShardRow& row);
  void move(const ShardRow& row);
  // From the freeze to the gift; an error: the shard thaws.
  Result<void> send_rows(const ShardRow& row, std::uint64_t attempt);
  void hand_over(const ShardRow& row);
  void sweep(const ShardRow& row);
  // The rows of a shard that does not come after all.
  void abandon_if_called_off(const ShardRow& row);
  Result<void> ask(const std::string& node, const MoveOffer& offer, std::int64_t timeout_ms);
  Result<void> commit(ShardStep step, std::vector<WorkflowNumber> swept = {});
  bool may_try(Shard shard);
  void note(Shard shard, const Error& error, bool at_once);
  std::optional<ShardRow> row_of(Shard shard) const;

  void take_part(bridge::CallPlace place, MoveOffer&& offer);
  void settle(bridge::CallPlace place, const ShardStep& step, const Result<void>& result);
  Result<void> compare(const MoveOffer& offer);

  MoverPorts ports_;
  persistence::ClusterStore& cluster_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool look_ = true;
  bool stopping_ = false;
  std::map<Shard, Trouble> troubles_;
  struct Waiting {
    std::uint64_t attempt = 0;
    std::uint64_t parts = 0;
    std::int64_t since_ms = 0;
  };
  std::map<Shard, Waiting> waiting_;  // for the rest of a shard; the mover's thread
  MoveFigures figures_;
  std::thread thread_;
};

}  // namespace endure::cluster
