#include "persistence/verify.hpp"

#include <algorithm>

#include "persistence/backup.hpp"
#include "persistence/lmdb/rows.hpp"
#include "persistence/lmdb/volume.hpp"
#include "tests/contract/volume_under_test.hpp"

using namespace endure;
using namespace endure::persistence;
using workflow::Phase;

namespace {

constexpr std::uint64_t map_bytes = 1U << 26U;

// A sound volume with a row in every table.
class SoundVolume {
 public:
  SoundVolume() {
    open();
    must(DefinitionDeployed{{{"test", "sample", "1.0.0"}, "source", {1}}});
    auto s = sample_snapshot(1, 1, Phase::waiting, "ENRICHING");
    s.steps = {{1, "enrich", 5, {5'000}, false},
               {2, "enrich", 5, {5'000}, false},
               {3, "enrich", 5, {5'000}, false}};
    s.timers = {{4, {9'000}}};
    s.listeners = {{5, "review.decided"}, {6, std::string(300, 't')}};
    auto t = transition_to(s);
    for (const workflow::WaitId wait : {1U, 2U, 3U}) {
      t.enqueue.push_back(sample_step(sample_step_key(1, wait)));
    }
    t.arm_timers = {{{9'000}, 1, 4}};
    t.listen = {{"review.decided", 1, 5}, {std::string(300, 't'), 1, 6}};
    t.keep_messages = {{70, encode_event(workflow::TimerFired{1})}};
    t.publish = {{71, "event", "type", 0, false}};
    must(t);
    auto retried = sample_step(sample_step_key(1, 2));
    retried.due = {8'000};
    must(StepRetried{retried});
    OutboxRow kept{72, "event", "review.decided", 0, false};
    kept.keep = true;
    kept.identity = "source\nid";
    must(EventAccepted{kept});
    must(EventDispatched{72, {}, std::nullopt});
    const auto before = s;
    s.transition = 2;
    s.steps[2].dead = true;
    s.listeners.push_back({7, "review.decided"});
    t = transition_to(s, &before);
    t.listen = {{"review.decided", 1, 7}};
    t.sink_events = {{{"http://sink.test", 73}, 1, "event"}};
    t.bury_steps = {{sample_step_key(1, 3), {"type", 500, "t", "d", ""}, {1}}};
    must(t);
    must(transition_to(sample_snapshot(2, 1, Phase::completed)));
  }

  Store& store() { return *store_; }
  std::string path() const { return folder_.path(); }
  void close() { store_.reset(); }
  void open() {
    store_ = open_lmdb_store({.folder = folder_.path(), .map_bytes = map_bytes}).value();
  }
  void must(const Change& change) {
    Result<void> result;
    if (!store_->commit({&change, 1}, {&result, 1}) || !result) {
      throw std::runtime_error(result.error().what);
    }
  }

  // What verify finds after rows were changed behind the store's back.
  template <class Edit>
  std::vector<Finding> findings_after(Edit edit) {
    close();
    {
      lmdb::Env env({.folder = folder_.path(), .map_bytes = map_bytes});
      lmdb::Schema schema;
      lmdb::WriteTxn txn(env);
      schema.for_each([&](auto& table) { table.open(txn, true); });
      edit(schema, txn);
      txn.commit();
    }
    return verify_volume(folder_.path()).value();
  }

 private:
  TemporaryFolder folder_;
  std::unique_ptr<Store> store_;
};

bool has(const std::vector<Finding>& findings, const std::string& table, const std::string& key,
         const std::string& what) {
  return std::any_of(findings.begin(), findings.end(), [&](const Finding& f) {
    return f.table == table && f.key == key && f.what.find(what) != std::string::npos;
  });
}

const auto step_one = sample_step_key(1, 1);
const auto step_two = sample_step_key(1, 2);
const auto step_three = sample_step_key(1, 3);

}  // namespace

TEST_CASE("a sound volume has no findings, open or closed", "[verify]") {
  SoundVolume volume;
  CHECK(verify_store(volume.store()).value().empty());
  volume.close();
  CHECK(verify_volume(volume.path()).value().empty());
}

TEST_CASE("only a volume can be verified or copied", "[verify]") {
  const TemporaryFolder empty;
  const auto memory = make_memory_store();
  CHECK(verify_store(*memory).error().code == Code::invalid);
  CHECK(backup_store(*memory, empty.path()).error().code == Code::invalid);
  CHECK_FALSE(verify_volume(empty.path()));
  CHECK_FALSE(verify_volume(empty.path() + "/nowhere"));
  CHECK_FALSE(backup_volume(empty.path() + "/nowhere", empty.path() + "/copy"));
}

TEST_CASE("every damaged record is found, in whatever table", "[verify]") {
  SoundVolume volume;
  const auto findings = volume.findings_after([](lmdb::Schema& schema, lmdb::WriteTxn& txn) {
    schema.for_each([&](auto& table) {
      lmdb::Cursor cursor(txn, table);
      if (!cursor.first() || cursor.value().empty()) return;
      auto damaged = std::string(cursor.value());
      damaged[0] = static_cast<char>(damaged[0] ^ 1);
      table.put(txn, cursor.key(), damaged);
    });
    // The format must stay readable, or the volume is refused before it is looked at.
    schema.meta.put(txn, lmdb::meta_format, lmdb::encode_number(lmdb::format_version));
    schema.meta.put(txn, lmdb::meta_epoch, "damaged");
  });
  for (const auto* table :
       {"meta", "names", "snapshots", "history", "mailbox", "ready", "delayed", "dead", "parked",
        "queues", "outbox", "kept", "event_ids", "sinks", "definitions"}) {
    INFO(table);
    CHECK(std::any_of(findings.begin(), findings.end(), [&](const Finding& f) {
      return f.table == table && f.what.find("record is damaged") != std::string::npos;
    }));
  }
}

TEST_CASE("what is kept and cannot be found is found by verify", "[verify]") {
  SoundVolume volume;
  using Schema = lmdb::Schema&;
  using Txn = lmdb::WriteTxn&;
  {
    const auto f = volume.findings_after([](Schema s, Txn txn) {
      s.event_types.erase(txn, {"review.decided", 72});
      s.event_ids.erase(txn, "source\nid");
    });
    CHECK(has(f, "kept", "72", "not in the index of its type"));
    CHECK(has(f, "kept", "72", "not in the table event_ids"));
  }
  const auto f = volume.findings_after([](Schema s, Txn txn) {
    s.event_types.put(txn, {"a", 99}, {});
    s.looking.put(txn, 2, {});
  });
  CHECK(has(f, "event_types", "a/99", "its event is not there"));
  CHECK(has(f, "looking", "2", "no live workflow"));
}

TEST_CASE("rows that do not fit each other are found", "[verify]") {
  SoundVolume volume;
  using Schema = const lmdb::Schema&;
  using Txn = lmdb::WriteTxn&;
  const auto after = [&](auto edit) { return volume.findings_after(edit); };

  SECTION("a step that is on no queue") {
    const auto f = after([](Schema s, Txn t) { s.ready.erase(t, step_one); });
    CHECK(has(f, "snapshots", "1", "step 1 is on no queue"));
    CHECK(has(f, "queues", "enrich", "counts"));
    CHECK(f.size() == 2);
  }
  SECTION("a delayed step that is missing") {
    const auto f = after([](Schema s, Txn t) { s.delayed.erase(t, {{8'000}, step_two}); });
    CHECK(has(f, "parked", lmdb::StepKeys::show(step_two), "not where"));
    CHECK(has(f, "queues", "enrich", "counts"));
  }
  SECTION("a dead step that is missing") {
    const auto f = after([](Schema s, Txn t) { s.dead.erase(t, step_three); });
    CHECK(has(f, "snapshots", "1", "dead step 3 is missing"));
  }
  SECTION("a parked row that is missing") {
    const auto f = after([](Schema s, Txn t) { s.parked.erase(t, step_two); });
    CHECK(has(f, "delayed", "8000/" + lmdb::StepKeys::show(step_two), "parked"));
    CHECK(has(f, "snapshots", "1", "step 2 is on no queue"));
  }
  SECTION("a step that is ready and parked") {
    const auto f = after([](Schema s, Txn t) {
      s.parked.put(t, step_one, lmdb::encode_parked({StepState::dead, {}}));
    });
    CHECK(has(f, "ready", lmdb::StepKeys::show(step_one), "parked as well"));
  }
  SECTION("a step that its workflow does not know of") {
    const auto stray = sample_step_key(1, 99);
    const auto f =
        after([&](Schema s, Txn t) { s.ready.put(t, stray, encode_step(sample_step(stray))); });
    CHECK(has(f, "ready", lmdb::StepKeys::show(stray), "does not know of it"));
    CHECK(has(f, "queues", "enrich", "counts"));
  }
  SECTION("steps of a workflow that has ended, and of one that is not there") {
    const auto late = sample_step_key(2, 1, "late");
    const auto lost = sample_step_key(99, 1, "late");
    const auto f = after([&](Schema s, Txn t) {
      s.ready.put(t, late, encode_step(sample_step(late)));
      s.ready.put(t, lost, encode_step(sample_step(lost)));
    });
    CHECK(has(f, "ready", lmdb::StepKeys::show(late), "has ended"));
    CHECK(has(f, "ready", lmdb::StepKeys::show(lost), "not there"));
    CHECK(has(f, "queues", "late", "no row that counts"));
  }
  SECTION("timers and listeners") {
    const auto f = after([](Schema s, Txn t) {
      s.timers.erase(t, {{9'000}, 1, 4});
      s.timers.put(t, {{9'000}, 2, 4}, {});
      s.listeners.erase(t, {"review.decided", 1, 5});
      s.listeners.put(t, {"review.decided", 99, 5}, {});
    });
    CHECK(has(f, "snapshots", "1", "timer 4 is missing"));
    CHECK(has(f, "timers", "9000/2/4", "no live workflow"));
    CHECK(has(f, "snapshots", "1", "listener 5 is missing"));
    CHECK(has(f, "listeners", "review.decided/99/5", "no live workflow"));
    CHECK(f.size() == 4);
  }
  SECTION("names") {
    const auto f = after([](Schema s, Txn t) {
      s.names.erase(t, {"test", "w-1"});
      s.names.put(t, {"test", "lost"}, lmdb::encode_number(99));
      s.names.put(t, {"test", "wrong"}, lmdb::encode_number(2));
    });
    CHECK(has(f, "snapshots", "1", "not in the table names"));
    CHECK(has(f, "names", "test/lost", "not there"));
    CHECK(has(f, "names", "test/wrong", "another workflow"));
  }
  SECTION("indexes") {
    const auto f = after([](Schema s, Txn t) {
      s.phases.erase(t, {Phase::waiting, 1});
      s.phases.put(t, {Phase::running, 1}, {});
      s.statuses.erase(t, {"ENRICHING", 1});
      s.statuses.put(t, {"OTHER", 1}, {});
      s.ended.erase(t, {sample_snapshot(2, 1).updated, 2});
      s.ended.put(t, {{1}, 2}, {});
    });
    CHECK(has(f, "snapshots", "1", "index of its phase"));
    CHECK(has(f, "phases", "1/1", "does not fit"));
    CHECK(has(f, "snapshots", "1", "index of its status"));
    CHECK(has(f, "statuses", "OTHER/1", "does not fit"));
    CHECK(has(f, "snapshots", "2", "has ended"));
    CHECK(has(f, "ended", "1/2", "does not fit"));
  }
  SECTION("history") {
    const auto f = after([](Schema s, Txn t) {
      s.history.put(t, {1, 5}, *s.history.get(t, {1, 1}));
      s.history.erase(t, {2, 1});
      s.history.put(t, {99, 1}, std::string(*s.history.get(t, {1, 1})));
    });
    CHECK(has(f, "history", "1/5", "another transition's"));
    CHECK(has(f, "history", "1/5", "missing"));
    CHECK(has(f, "history", "1/5", "not come that far"));
    CHECK(has(f, "snapshots", "2", "no history record"));
    CHECK(has(f, "history", "99/1", "not there"));
  }
  SECTION("a workflow that nothing can move") {
    const auto f = after([](Schema s, Txn t) {
      const auto idle = sample_snapshot(2, 1, Phase::waiting);
      s.snapshots.put(t, 2, encode_snapshot(idle));
    });
    CHECK(has(f, "snapshots", "2", "waits for nothing"));
  }
  SECTION("a message without a workflow") {
    const auto f = after([](Schema s, Txn t) {
      s.mailbox.put(t, {99, 1}, encode_event(workflow::TimerFired{1}));
    });
    CHECK(has(f, "mailbox", "99/1", "not there"));
  }
  SECTION("a definition that is missing") {
    const auto f = after([](Schema s, Txn t) {
      s.definitions.erase(t, {"test", "sample", "1.0.0"});
    });
    CHECK(has(f, "snapshots", "1", "definition is not stored"));
    CHECK(f.size() == 1);
  }
}

TEST_CASE("no more findings are gathered than asked for", "[verify]") {
  SoundVolume volume;
  volume.findings_after([](const lmdb::Schema& s, lmdb::WriteTxn& t) {
    for (WorkflowNumber n = 100; n < 200; ++n) s.timers.put(t, {{1}, n, 1}, {});
  });
  CHECK(verify_volume(volume.path(), 10).value().size() == 10);
}

TEST_CASE("a hot copy holds the last commit, and opens as a volume", "[verify]") {
  SoundVolume volume;
  const auto to = volume.path() + "/copies/1";
  REQUIRE(backup_store(volume.store(), to));
  volume.must(transition_to(sample_snapshot(3, 1, Phase::completed)));  // not in the copy
  CHECK(verify_volume(to).value().empty());
  const auto copy = open_lmdb_store({.folder = to, .map_bytes = map_bytes}).value();
  CHECK(copy->find_workflow({"test", "w-1"}).value() == 1);
  CHECK_FALSE(copy->find_workflow({"test", "w-3"}).value());
  CHECK(copy->queue_counts("enrich") == volume.store().queue_counts("enrich"));
  CHECK(copy->epoch() > volume.store().epoch());  // tokens of the original do not fit the copy
}

TEST_CASE("a closed volume can be copied by its folder", "[verify]") {
  SoundVolume volume;
  volume.close();
  const auto to = volume.path() + "/copy";
  REQUIRE(backup_volume(volume.path(), to));
  CHECK(verify_volume(to).value().empty());
  volume.open();
  CHECK(volume.store().find_workflow({"test", "w-1"}).value() == 1);
}

TEST_CASE("a copy never overwrites anything", "[verify]") {
  SoundVolume volume;
  const auto to = volume.path() + "/copy";
  REQUIRE(backup_store(volume.store(), to));
  CHECK(backup_store(volume.store(), to).error().code == Code::conflict);
  CHECK(verify_volume(to).value().empty());
}
