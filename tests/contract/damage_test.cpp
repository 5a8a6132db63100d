// A damaged row is named and left out; its neighbours are read, and whoever owns it can still be
// ended.
#include <algorithm>

#include "persistence/envelope.hpp"
#include "persistence/lmdb/volume.hpp"
#include "persistence/verify.hpp"
#include "tests/contract/volume_under_test.hpp"
#include "tests/support/tamper.hpp"

using namespace endure;
using namespace endure::persistence;
using workflow::Phase;

namespace {

const std::string long_type(300, 't');
constexpr WorkflowNumber victim = 1;
constexpr WorkflowNumber sound = 2;

// Two workflows with the same rows: steps that are ready, delayed and dead, listeners; and two
// events each that are on their way, kept, and for sinks, two definitions and two schedules.
class Volume {
 public:
  Volume() {
    open();
    must(DefinitionDeployed{{{"test", "sample", "1.0.0"}, "source", {1}}});
    must(DefinitionDeployed{{{"test", "sample", "2.0.0"}, "source", {2}}});
    for (const WorkflowNumber number : {victim, sound}) add_workflow(number);
    for (const std::uint64_t sequence : {80U, 81U, 82U, 83U}) {
      OutboxRow row{sequence, encode_value(workflow::Json{{"type", "t"}}), "t", 0, false};
      row.keep = true;
      row.accepted = {1};
      must(EventAccepted{row});
      if (sequence >= 82) must(EventDispatched{sequence, {}, std::nullopt});
    }
    for (const char* name : {"one", "two"}) {
      must(DefinitionDeployed{{{"test", name, "1.0.0"}, "source", {1}}});
      ScheduleChanged change;
      change.row.ns = "test";
      change.row.name = name;
      change.row.version = "1.0.0";
      change.row.revision = 1;
      must(change);
    }
  }

  // Damages what `edit(schema, txn)` says, and opens the volume again.
  template <class Edit>
  void damage(Edit edit) {
    store_.reset();
    tamper(folder_.path(), [&](auto& schema, auto& txn) { REQUIRE(edit(schema, txn) > 0); });
    open();
  }

  Store& store() { return *store_; }
  std::string path() const { return folder_.path(); }

  void must(const Change& change) {
    const auto result = commit(change);
    INFO((result ? "" : result.error().what));
    REQUIRE(result);
  }
  Result<void> commit(const Change& change) {
    Result<void> result;
    const auto committed = store_->commit({&change, 1}, {&result, 1});
    return committed ? result : committed;
  }

  // The tables of the rows that are damaged, each once.
  std::vector<std::string> damaged_tables() {
    std::vector<std::string> tables;
    for (const auto& row : store_->damage().rows()) {
      if (tables.empty() || tables.back() != row.table) tables.push_back(row.table);
    }
    return tables;
  }

  // Ends the workflow, with all that it has open.
  Result<void> terminate(WorkflowNumber number) {
    auto before = snapshot_of(number);
    auto after = before;
    after.transition += 1;
    after.phase = Phase::cancelled;
    after.steps.clear();
    after.listeners.clear();
    auto t = transition_to(after, &before);
    for (const auto& step : before.steps) {
      t.remove_steps.push_back({step.queue, step.priority, step.enqueued, number, step.wait});
    }
    for (const auto& listener : before.listeners) {
      t.unlisten.push_back({listener.type, number, listener.wait});
    }
    return commit(t);
  }

 private:
  void open() {
    auto opened = open_lmdb_store({.folder = folder_.path(), .map_bytes = 1U << 26U});
    INFO((opened ? "" : opened.error().what));
    REQUIRE(opened);
    store_ = *std::move(opened);
  }

  static workflow::Snapshot snapshot_of(WorkflowNumber number) {
    auto s = sample_snapshot(number, 2);
    s.steps = {{1, "enrich", 5, {5'000}, false},
               {2, "enrich", 5, {5'000}, false},
               {3, "enrich", 5, {5'000}, true}};
    s.listeners = {{4, long_type}};
    return s;
  }

  void add_workflow(WorkflowNumber number) {
    auto s = snapshot_of(number);
    s.transition = 1;
    s.steps[2].dead = false;
    auto t = transition_to(s);
    for (const workflow::WaitId wait : {1U, 2U, 3U}) {
      t.enqueue.push_back(sample_step(sample_step_key(number, wait)));
    }
    t.listen = {{long_type, number, 4}};
    t.sink_events = {{{"http://sink.test", 70 + number}, number, "event"}};
    must(t);
    auto retried = sample_step(sample_step_key(number, 2));
    retried.due = {8'000 + static_cast<std::int64_t>(number)};
    must(StepRetried{retried});
    const auto before = s;
    s = snapshot_of(number);
    t = transition_to(s, &before);
    t.bury_steps = {{sample_step_key(number, 3), {"type", 500, "t", "d", ""}, {1}}};
    must(t);
  }

  TemporaryFolder folder_;
  std::unique_ptr<Store> store_;
};

bool is_victims(const StepKey& key) {
  return key.workflow == victim;
}

}  // namespace

TEST_CASE("a damaged step is left out, and named with its workflow", "[damage]") {
  Volume volume;
  volume.damage([](auto& schema, auto& txn) {
    return damage_rows(schema.ready, txn, is_victims) + damage_rows(schema.dead, txn, is_victims) +
           damage_rows(schema.delayed, txn, [](const auto& key) { return is_victims(key.step); });
  });
  auto& store = volume.store();
  const auto ready = store.ready_steps("enrich", std::nullopt, 1);
  REQUIRE(ready);
  REQUIRE(ready->size() == 1);  // the limit is one of steps that can be read
  CHECK(ready->front().key.workflow == sound);
  const auto delayed = store.delayed_steps("enrich", {9'000}, 10);
  REQUIRE(delayed);
  REQUIRE(delayed->size() == 1);
  CHECK(delayed->front().key.workflow == sound);
  CHECK(store.next_delayed("enrich").value() == Instant{8'000 + sound});
  const auto dead = store.dead_steps("enrich", std::nullopt, 10);
  REQUIRE(dead);
  CHECK(dead->size() == 1);
  CHECK_FALSE(store.find_dead_step(sample_step_key(victim, 3)));  // asked for by name: an error

  CHECK(volume.damaged_tables() == std::vector<std::string>{"dead", "delayed", "ready"});
  for (const auto& row : store.damage().rows()) {
    INFO(row.place());
    CHECK(row.workflow == victim);
    CHECK(row.what.find("damaged") != std::string::npos);
    CHECK(row.key.find("enrich") != std::string::npos);
  }
  CHECK(store.stats().damaged == 3);
  const auto findings = verify_store(store, 100);
  REQUIRE(findings);
  CHECK(std::count_if(findings->begin(), findings->end(), [](const Finding& finding) {
          return finding.what.find("damaged") != std::string::npos;
        }) == 3);

  // What cannot be read can still be taken away, with its workflow.
  REQUIRE(volume.terminate(victim));
  CHECK(store.stats().damaged == 0);
  CHECK(store.queue_counts("enrich") == QueueCounts{1, 1, 1});
  CHECK(verify_store(store, 100).value().empty());
}

TEST_CASE("where a step lies is found even if the row that says so is damaged", "[damage]") {
  Volume volume;
  volume.damage(
      [](auto& schema, auto& txn) { return damage_rows(schema.parked, txn, is_victims); });
  REQUIRE(volume.terminate(victim));
  CHECK(volume.store().queue_counts("enrich") == QueueCounts{1, 1, 1});
  CHECK(verify_store(volume.store(), 100).value().empty());
}

TEST_CASE("the steps of a queue whose row is damaged are counted anew", "[damage]") {
  Volume volume;
  volume.damage([](auto& schema, auto& txn) {
    return damage_rows(schema.queues, txn, [](const auto&) { return true; });
  });
  CHECK(volume.store().queue_counts("enrich") == QueueCounts{2, 2, 2});
  const auto queues = volume.store().queues();
  REQUIRE(queues);
  REQUIRE(queues->size() == 1);
  CHECK(queues->front().counts == QueueCounts{2, 2, 2});
  CHECK(volume.damaged_tables() == std::vector<std::string>{"queues"});
  REQUIRE(volume.terminate(victim));  // the next commit of the queue writes its row again
  CHECK(verify_store(volume.store(), 100).value().empty());
}

TEST_CASE("a damaged listener does not keep an event from the others", "[damage]") {
  Volume volume;
  volume.damage([](auto& schema, auto& txn) {
    return damage_rows(schema.listeners, txn,
                       [](const auto& key) { return key.workflow == victim; });
  });
  const auto listeners = volume.store().listeners(long_type, 0, 1);
  REQUIRE(listeners);
  REQUIRE(listeners->size() == 1);
  CHECK(listeners->front().workflow == sound);
  REQUIRE(volume.store().damage().rows_of(victim).size() == 1);
  REQUIRE(volume.terminate(victim));
  CHECK(volume.store().damage().count() == 0);
}

TEST_CASE("a damaged event does not keep the others from their listeners", "[damage]") {
  Volume volume;
  volume.damage([](auto& schema, auto& txn) {
    return damage_rows(schema.outbox, txn, [](auto sequence) { return sequence == 80; }) +
           damage_rows(schema.kept, txn, [](auto sequence) { return sequence == 82; });
  });
  auto& store = volume.store();
  const auto outbox = store.outbox(0, 1);
  REQUIRE(outbox);
  REQUIRE(outbox->size() == 1);
  CHECK(outbox->front().sequence == 81);
  const auto kept = store.kept_events(0, 10);
  REQUIRE(kept);
  REQUIRE(kept->size() == 1);
  CHECK(kept->front().sequence == 83);
  for (const std::string type : {"t", ""}) {
    const auto events = store.events_of({type}, 0, 2);  // as many as can be read
    REQUIRE(events);
    REQUIRE(events->size() == 2);
    CHECK(events->front().sequence == 81);
    CHECK(events->back().sequence == 83);
  }
  CHECK(volume.damaged_tables() == std::vector<std::string>{"kept", "outbox"});
  REQUIRE(volume.commit(EventsExpired{{82, 83}}));  // what cannot be read stays
  CHECK(store.kept_events(0, 10).value().empty());
}

TEST_CASE("a damaged event for a sink does not keep the others from it", "[damage]") {
  Volume volume;
  volume.damage([](auto& schema, auto& txn) {
    return damage_rows(schema.sinks, txn, [](const auto& key) { return key.sequence == 71; });
  });
  const auto events = volume.store().sink_events("http://sink.test", 0, 10);
  REQUIRE(events);
  REQUIRE(events->size() == 1);
  CHECK(events->front().key.sequence == 72);
  const auto backlogs = volume.store().sink_backlogs();
  REQUIRE(backlogs);
  REQUIRE(backlogs->size() == 1);
  CHECK(backlogs->front().events == 1);
}

TEST_CASE("a damaged schedule does not stop the others", "[damage]") {
  Volume volume;
  volume.damage([](auto& schema, auto& txn) {
    return damage_rows(schema.schedules, txn, [](const auto& key) { return key.id == "one"; });
  });
  const auto schedules = volume.store().schedules();
  REQUIRE(schedules);
  REQUIRE(schedules->size() == 1);
  CHECK(schedules->front().name == "two");
  CHECK(volume.store().damage().rows().front().place() == "schedules/test/one");
}

TEST_CASE("a damaged definition keeps its place, so that no older one is taken for the latest",
          "[damage]") {
  Volume volume;
  volume.damage([](auto& schema, auto& txn) {
    return damage_rows(schema.definitions, txn,
                       [](const auto& ref) { return ref.version == "2.0.0"; });
  });
  const auto rows = volume.store().definitions();
  REQUIRE(rows);
  CHECK(rows->size() == 4);
  const auto damaged = std::find_if(rows->begin(), rows->end(),
                                    [](const DefinitionRow& row) { return row.damaged; });
  REQUIRE(damaged != rows->end());
  CHECK(damaged->ref.version == "2.0.0");
  CHECK(std::all_of(rows->begin(), rows->end(),
                    [&](const DefinitionRow& row) { return row.deployed <= damaged->deployed; }));
  CHECK(volume.store().find_definition({"test", "sample", "2.0.0"}).error().code == Code::corrupt);
}

TEST_CASE("a damaged snapshot is left out of lists", "[damage]") {
  Volume volume;
  volume.damage([](auto& schema, auto& txn) {
    return damage_rows(schema.snapshots, txn, [](auto number) { return number == victim; });
  });
  CHECK(list_all(volume.store(), {}, 1) == std::vector<WorkflowNumber>{sound});
  REQUIRE(volume.store().damage().rows_of(victim).size() == 1);
  CHECK(volume.store().damage().rows().front().place() == "snapshots/1");
}

TEST_CASE("a record of a newer version is not damage: the read fails and says so", "[damage]") {
  Volume volume;
  volume.damage([](auto& schema, auto& txn) {
    const auto key = sample_step_key(victim, 1);
    auto record = std::string(*schema.ready.get(txn, key));
    seal(record, 200);
    schema.ready.put(txn, key, record);
    return 1;
  });
  const auto steps = volume.store().ready_steps("enrich", std::nullopt, 10);
  REQUIRE_FALSE(steps);
  CHECK(steps.error().code == Code::invalid);
  CHECK(steps.error().what.find("schema version 200") != std::string::npos);
  CHECK(steps.error().where.find("ready/enrich") == 0);
  CHECK(volume.store().damage().count() == 0);
}

TEST_CASE("damage is told once for each place, also what was noted before", "[damage]") {
  DamageLog log;
  log.note({"ready", "a", "torn", 7});
  std::vector<std::string> told;
  log.tell([&](const DamagedRow& row) { told.push_back(row.place()); });
  log.note({"ready", "a", "torn", 7});
  log.note({"ready", "b", "torn", 8});
  CHECK(told == std::vector<std::string>{"ready/a", "ready/b"});
  log.forget(7);
  CHECK(log.count() == 1);
  CHECK(log.rows_of(7).empty());
  log.forget("ready/b");
  log.note({"ready", "b", "torn again", 8});
  CHECK(told.size() == 3);
  log.tell({});
  log.note({"ready", "c", "torn", 9});
  CHECK(told.size() == 3);
}
