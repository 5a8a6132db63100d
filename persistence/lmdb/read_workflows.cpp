// Reads of workflows: by name, by number, in lists, with their history.
#include <algorithm>

#include "persistence/codec.hpp"
#include "persistence/lmdb/contain.hpp"
#include "persistence/lmdb/store_impl.hpp"
#include "persistence/rules.hpp"

namespace endure::persistence::lmdb {

namespace {

using SummaryPage = Page<WorkflowSummary, WorkflowNumber>;

// What a list shows of a workflow; nothing where its record is damaged, which is then noted.
template <class Keys>
std::optional<WorkflowSummary> listed(const Txn& txn, const Schema& schema,
                                      const Cursor<Keys>& cursor, WorkflowNumber number,
                                      DamageLog& damage) {
  const auto bytes = schema.snapshots.get(txn, number);
  if (!bytes) {
    damage.note({cursor.table().name(), Keys::show(cursor.key()),
                 "an index names a workflow that is not there", 0});
    return std::nullopt;
  }
  auto summary = decode_summary(*bytes);
  if (!summary && summary.error().code == Code::corrupt) {
    damage.note({schema.snapshots.name(), NumberKeys::show(number), summary.error().what, number});
    return std::nullopt;
  }
  return taken(std::move(summary), schema.snapshots, number);
}

// Walks the rows of `table` before `from` backwards, as far as `in_range(key)`; number_of(key)
// names the workflow.
template <class Keys, class InRange, class NumberOf>
SummaryPage list_by(const Txn& txn, const Schema& schema, const ClusterState* cluster,
                    const Table<Keys>& table, const typename Keys::Key& from,
                    const WorkflowFilter& filter, std::size_t limit, DamageLog& damage,
                    InRange in_range, NumberOf number_of) {
  SummaryPage page;
  Cursor cursor(txn, table);
  std::size_t scanned = 0;
  for (bool more = cursor.before(from); more; more = cursor.previous()) {
    const auto key = cursor.key();
    if (!in_range(key)) break;
    if (page.rows.size() >= limit || scanned >= max_scanned_rows) return page;  // `next` is set
    const WorkflowNumber number = number_of(key);
    page.next = number;
    ++scanned;
    if (cluster != nullptr && !cluster->shows(Numbering::shard(number))) continue;
    auto summary = listed(txn, schema, cursor, number, damage);
    if (summary && matches(filter, *summary)) page.rows.push_back(*std::move(summary));
  }
  page.next.reset();
  return page;
}

}  // namespace

Result<std::optional<WorkflowNumber>> LmdbStore::find_workflow(const WorkflowName& name) {
  return guarded([&]() -> std::optional<WorkflowNumber> {
    const ReadTxn txn(volume_.env);
    const auto& names = volume_.schema.names;
    const auto bytes = names.get(txn, name);
    if (!bytes) return std::nullopt;
    return taken(decode_number(*bytes), names, name);
  });
}

Result<std::optional<StoredWorkflow>> LmdbStore::load_workflow(WorkflowNumber number) {
  return guarded([&]() -> std::optional<StoredWorkflow> {
    const ReadTxn txn(volume_.env);
    const auto bytes = volume_.schema.snapshots.get(txn, number);
    if (!bytes) return std::nullopt;
    StoredWorkflow stored{std::string(*bytes), {}, false};
    const auto& looking = volume_.schema.looking;
    stored.may_look = looking.size(txn) > 0 && looking.get(txn, number).has_value();
    Cursor cursor(txn, volume_.schema.mailbox);
    for (bool more = cursor.at_or_after({number, 0}); more; more = cursor.next()) {
      const auto key = cursor.key();
      if (key.workflow != number) break;
      stored.mailbox.push_back({key.record, std::string(cursor.value())});
    }
    return stored;
  });
}

Result<SummaryPage> LmdbStore::list_workflows(const WorkflowFilter& filter,
                                              std::optional<WorkflowNumber> after,
                                              std::size_t limit) {
  return guarded([&] {
    const ReadTxn txn(volume_.env);
    const auto& schema = volume_.schema;
    const auto from = after.value_or(UINT64_MAX);
    const ClusterState* cluster = cluster_ ? &*cluster_ : nullptr;
    if (filter.parent) {
      return list_by(
          txn, schema, cluster, schema.children, {*filter.parent, from}, filter, limit, damage(),
          [&](RecordKey key) { return key.workflow == *filter.parent; },
          [](RecordKey key) { return key.record; });
    }
    if (filter.status && !filter.status->empty()) {
      const auto status = index_text(*filter.status);
      return list_by(
          txn, schema, cluster, schema.statuses, {status, from}, filter, limit, damage(),
          [&](const StatusKey& key) { return key.status == status; },
          [](const StatusKey& key) { return key.workflow; });
    }
    if (filter.phase) {
      return list_by(
          txn, schema, cluster, schema.phases, {*filter.phase, from}, filter, limit, damage(),
          [&](const PhaseKey& key) { return key.phase == *filter.phase; },
          [](const PhaseKey& key) { return key.workflow; });
    }
    return list_by(
        txn, schema, cluster, schema.snapshots, from, filter, limit, damage(),
        [](WorkflowNumber) { return true; }, [](WorkflowNumber number) { return number; });
  });
}

Result<Page<HistoryRow, std::uint64_t>> LmdbStore::history(WorkflowNumber number,
                                                           std::uint64_t after, std::size_t limit) {
  return guarded([&] {
    const ReadTxn txn(volume_.env);
    Page<HistoryRow, std::uint64_t> page;
    Cursor cursor(txn, volume_.schema.history);
    for (bool more = cursor.at_or_after({number, after}); more; more = cursor.next()) {
      const auto key = cursor.key();
      if (key.workflow != number) break;
      if (key.record <= after) continue;
      if (page.rows.size() >= limit) {
        if (!page.rows.empty()) page.next = page.rows.back().transition;
        break;
      }
      page.rows.push_back({key.record, std::string(cursor.value())});
    }
    return page;
  });
}

Result<std::vector<WorkflowNumber>> LmdbStore::ended_before(Instant t, std::size_t limit) {
  return guarded([&] {
    const ReadTxn txn(volume_.env);
    std::vector<WorkflowNumber> numbers;
    Cursor cursor(txn, volume_.schema.ended);
    for (bool more = cursor.first(); more && numbers.size() < limit; more = cursor.next()) {
      const auto key = cursor.key();
      if (key.updated >= t) break;
      if (hides(key.workflow)) continue;
      numbers.push_back(key.workflow);
    }
    return numbers;
  });
}

Result<std::vector<WorkflowNumber>> LmdbStore::live_workflows(workflow::Phase phase,
                                                              WorkflowNumber after,
                                                              std::size_t limit) {
  return guarded([&] {
    const ReadTxn txn(volume_.env);
    std::vector<WorkflowNumber> numbers;
    Cursor cursor(txn, volume_.schema.phases);
    for (bool more = cursor.at_or_after({phase, after}); more && numbers.size() < limit;
         more = cursor.next()) {
      const auto key = cursor.key();
      if (key.phase != phase) break;
      if (key.workflow > after && !hides(key.workflow)) numbers.push_back(key.workflow);
    }
    return numbers;
  });
}

}  // namespace endure::persistence::lmdb
