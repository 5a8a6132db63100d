#include "benchmarks/limits.hpp"

#include <algorithm>
#include <cmath>

#include "benchmarks/caf_messages.hpp"
#include "benchmarks/flushes.hpp"

namespace endure::benchmarks {

namespace {

constexpr std::uint64_t raw_transitions = 300'000;
constexpr std::uint32_t scheduler_threads = 2;  // as the engine has by default

double share(double value, double limit) {
  return limit > 0 ? value / limit : 0;
}

}  // namespace

Result<void> add_limits(Report& report, const Writes& writes, const std::string& folder) {
  const auto batch = static_cast<std::size_t>(std::max(1.0, std::round(writes.mean_batch())));
  const auto rows = std::clamp<std::uint64_t>(writes.transitions, batch, raw_transitions);
  const auto lmdb = raw_lmdb_transitions_per_s(folder + "/raw", writes.shape, rows, batch);
  if (!lmdb) return Failure{lmdb.error()};
  const auto flushes = flushes_per_s(folder);
  if (!flushes) return Failure{flushes.error()};
  const double messages = caf_messages_per_s(scheduler_threads);
  const auto commits = static_cast<double>(writes.commits);
  report.add("commits", commits, "commits");
  report.add("mean_batch", writes.mean_batch(), "mean batch", "transitions a commit");
  // LMDB flushes once a commit, and writes its meta page synchronously.
  report.add("fsyncs", commits);
  report.add("snapshot_bytes", static_cast<double>(writes.shape.snapshot_bytes), "snapshot", "B");
  report.add("history_bytes", static_cast<double>(writes.shape.history_bytes), "history record",
             "B");
  report.add("step_bytes", static_cast<double>(writes.shape.step_bytes), "step", "B");
  report.add("limit.lmdb_transitions_per_s", *lmdb, "raw LMDB", "transitions/s, same batches");
  report.add("limit.ratio", share(writes.per_s(), *lmdb), "share of raw LMDB");
  report.add("limit.commit_ms", *lmdb > 0 ? 1'000.0 * static_cast<double>(batch) / *lmdb : 0,
             "one raw commit", "ms");
  report.add("limit.fdatasync_per_s", *flushes, "fdatasync", "/s");
  report.add("limit.fdatasync_ratio", share(commits / std::max(writes.seconds, 1e-9), *flushes));
  report.add("limit.caf_messages_per_s", messages, "CAF", "messages/s");
  report.add("limit.caf_ratio", share(writes.per_s(), messages));
  return {};
}

}  // namespace endure::benchmarks
