#include <algorithm>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "benchmarks/growth.hpp"
#include "benchmarks/workflows.hpp"
#include "persistence/codec.hpp"
#include "persistence/lmdb/lmdb_store.hpp"
#include "workflow/expressions.hpp"
#include "workflow/value/packed_object.hpp"

namespace endure::benchmarks {

namespace {

constexpr std::uint64_t in_a_commit = 4'096;

// One completed workflow, to be written many times under other names.
class Completed {
 public:
  Completed(const workflow::Definition& definition, Instant now) {
    snapshot_ = workflow::new_workflow(0, {"bench", ""}, definition, now);
    workflow::Value output(w1_input(0));
    for (const auto queue : w1_queues) {
      output = w1_step(queue, workflow::with_member({}, "post", output));
    }
    snapshot_.phase = workflow::Phase::completed;
    snapshot_.transition = 1;
    snapshot_.output = std::move(output);
    snapshot_.branches.clear();
    persistence::HistoryRecord record;
    record.transition = 1;
    record.at = now;
    record.phase = workflow::Phase::completed;
    record.event = "step_completed";
    record.status = std::string(400, 'h');  // as long as W1's five records together
    history_ = persistence::encode_history(record);
  }

  persistence::Transition named(std::uint64_t n, WorkflowNumber number) {
    snapshot_.number = number;
    snapshot_.name.id = "done-" + std::to_string(n);
    persistence::Transition change;
    change.workflow = number;
    change.name = snapshot_.name;
    change.definition = snapshot_.definition;
    change.create = true;
    change.number = 1;
    change.snapshot = persistence::encode_snapshot(snapshot_);
    change.history = history_;
    change.index_after = {workflow::Phase::completed, ""};
    return change;
  }

 private:
  workflow::Snapshot snapshot_;
  std::string history_;
};

}  // namespace

Result<void> fill_volume(const std::string& folder, std::uint64_t count, const Progress& progress) {
  persistence::LmdbConfig config;
  config.folder = folder;
  auto store = persistence::open_lmdb_store(config);
  if (!store) return Failure{store.error()};
  const auto expressions = workflow::make_expressions();
  const auto definition = workflow::parse_definition(w1_definition, *expressions);
  if (!definition) return fail(Code::invalid, to_string(definition.error().front()));
  Completed completed(**definition, SystemClock().now());
  for (std::uint64_t first = 0; first < count; first += in_a_commit) {
    std::vector<persistence::Change> changes;
    for (std::uint64_t n = first; n < std::min(count, first + in_a_commit); ++n) {
      changes.emplace_back(completed.named(n, (*store)->next_sequence()));
    }
    std::vector<Result<void>> results(changes.size());
    if (auto committed = (*store)->commit(changes, results); !committed) return committed;
    for (const auto& result : results) {
      if (!result) return result;
    }
    if (progress) progress(first, count);
  }
  return {};
}

}  // namespace endure::benchmarks
