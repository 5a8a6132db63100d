// A shard that goes from one volume to another: all of its rows and no others, hidden from each
// node while it does not serve them.
#include <algorithm>
#include <set>

#include "persistence/lmdb/shard_rows.hpp"
#include "persistence/shard_move.hpp"
#include "persistence/shard_sum.hpp"
#include "tests/support/cluster_volume.hpp"

using namespace endure;
using namespace endure::persistence;
using namespace endure::testing;

namespace {

using State = ShardRow::State;

// One shard of a, and what lies in it.
struct Moving {
  Moving() {
    a.be_born();
    b.be_born();
    name = a.name_of("a");
    shard = shard_of(name, shards);
  }

  // Names of the shard.
  WorkflowName next_name() {
    for (;;) {
      WorkflowName each{"tests", "w" + std::to_string(count++)};
      if (shard_of(each, shards) == shard) return each;
    }
  }
  // A workflow with a row in every table that it can have one in.
  workflow::Snapshot make_rich() {
    const auto number = a.store->numbering().workflow(a.store->next_sequence(), next_name());
    auto snapshot = sample_snapshot(number, 1, workflow::Phase::waiting, "in review");
    snapshot.name = {"tests", "w" + std::to_string(count - 1)};
    for (workflow::WaitId wait = 1; wait <= 3; ++wait) {
      workflow::OpenStep open;
      open.wait = wait;
      open.queue = "enrich";
      open.priority = 5;
      open.enqueued = {5'000};
      open.dead = wait == 3;
      snapshot.steps.push_back(open);
    }
    snapshot.timers.push_back({});
    snapshot.timers.back().wait = 4;
    snapshot.timers.back().due = {9'000};
    snapshot.listeners.push_back({});
    snapshot.listeners.back().wait = 5;
    snapshot.listeners.back().type = "news";
    auto created = transition_to(snapshot, nullptr);
    for (workflow::WaitId wait = 1; wait <= 3; ++wait) {
      created.enqueue.push_back(sample_step(sample_step_key(number, wait)));
    }
    created.arm_timers.push_back({{9'000}, number, 4});
    created.listen.push_back({"news", number, 5});
    created.keep_messages.push_back({a.store->next_sequence(), "message"});
    a.must(created);
    // One step waits for its next attempt, one is given up.
    auto retried = sample_step(sample_step_key(number, 2));
    retried.attempts = 1;
    retried.due = {20'000};
    a.must(StepRetried{retried});
    auto after = snapshot;
    after.transition = 2;
    auto second = transition_to(after, &snapshot);
    second.bury_steps.push_back({sample_step_key(number, 3), {}, {6'000}});
    a.must(second);
    return after;
  }
  // A child of a workflow of b, with its first message.
  void make_child() {
    auto parent = b.start(b.name_of("b"));
    auto child = child_of(b, next_name());
    auto snapshot = *decode_snapshot(child.snapshot);
    snapshot.parent = workflow::Parent{};
    snapshot.parent->number = parent.workflow;
    child.snapshot = encode_snapshot(snapshot);
    parent.children.push_back(child);
    b.must(parent);
    carry(b, a, {Numbering::shard(parent.workflow), shard});
  }
  workflow::Snapshot make_ended() {
    const auto each = next_name();
    const auto number = a.store->numbering().workflow(a.store->next_sequence(), each);
    auto snapshot = sample_snapshot(number, 1, workflow::Phase::completed);
    snapshot.name = each;
    a.must(transition_to(snapshot, nullptr));
    return snapshot;
  }

  ShardRow row_at(NodeVolume& node) const {
    for (const auto& row : node.store->cluster()->shards()) {
      if (row.shard == shard) return row;
    }
    return {};
  }
  ShardMoved step(ShardAct act, const std::string& node = {}, std::uint64_t epoch = 0,
                  std::uint64_t part = 0) const {
    return {{shard, act, attempt, node, epoch, part}, {}, {}};
  }
  std::vector<RawRow> rows_of(NodeVolume& node) const {
    std::vector<RawRow> rows;
    ShardPart part;
    const auto workflows = node.store->cluster()->workflows_of(shard);
    REQUIRE(workflows);
    while (!part.last) {
      const auto next = node.store->cluster()->rows_of(shard, *workflows, part.next, 200);
      REQUIRE(next);
      part = *next;
      rows.insert(rows.end(), part.rows.begin(), part.rows.end());
    }
    return rows;
  }

  // Every step of a move, each volume opened anew between any two where `reopen` says so.
  // In how many parts.
  std::uint64_t move(bool reopen) {
    const auto turn = [&](NodeVolume& node) {
      if (reopen) node.open();
    };
    a.must(step(ShardAct::want, "b"));
    turn(a);
    b.must(step(ShardAct::expect, "a", row_at(a).epoch));
    turn(b);
    a.must(step(ShardAct::freeze));
    turn(a);
    const auto workflows = a.store->cluster()->workflows_of(shard);
    ShardPart part;
    std::uint64_t parts = 0;
    while (!part.last) {
      part = *a.store->cluster()->rows_of(shard, *workflows, part.next, 500);
      auto sent = step(ShardAct::part, {}, 0, ++parts);
      sent.rows = part.rows;
      b.must(sent);
      b.must(sent);  // once more: no harm
      turn(b);
    }
    CHECK(*sum_of(*a.store->cluster(), shard) == *sum_of(*b.store->cluster(), shard));
    b.must(step(ShardAct::complete, {}, 0, parts));
    turn(b);
    a.must(step(ShardAct::give));
    turn(a);
    b.must(step(ShardAct::take, "a", row_at(a).epoch));
    b.must(step(ShardAct::take, "a", row_at(a).epoch));
    turn(b);
    a.must(step(ShardAct::confirm));
    turn(a);
    return parts;
  }
  void sweep() {
    const auto workflows = a.store->cluster()->workflows_of(shard);
    auto swept = step(ShardAct::sweep);
    swept.swept = *workflows;
    a.must(swept);
    a.must(step(ShardAct::emptied));
  }

  NodeVolume a{"a"};
  NodeVolume b{"b"};
  WorkflowName name;
  Shard shard = 0;
  int count = 0;
  std::uint64_t attempt = 7;
};

// What the node would do something about.
std::size_t seen_by(Store& store) {
  WorkflowFilter all;
  return store.list_workflows(all, std::nullopt, 100)->rows.size() +
         store.ready_steps("enrich", std::nullopt, 100)->size() +
         store.delayed_steps("enrich", {INT64_MAX}, 100)->size() +
         store.dead_steps("enrich", std::nullopt, 100)->size() +
         store.timers({INT64_MAX}, std::nullopt, 100)->size() +
         store.listeners("news", 0, 100)->size() + store.mailbox_workflows(0, 100)->size() +
         store.live_workflows(workflow::Phase::waiting, 0, 100)->size() +
         store.ended_before({INT64_MAX}, 100)->size() + store.schedules()->size() +
         store.looking_workflows(0, 100)->size();
}

ScheduleChanged schedule_named(const std::string& name) {
  ScheduleChanged change;
  change.row.ns = "tests";
  change.row.name = name;
  change.row.version = "1.0.0";
  change.row.revision = 1;
  return change;
}

}  // namespace

TEST_CASE("a shard goes to another volume with all of its rows, and leaves none behind") {
  for (const bool reopen : {false, true}) {
    Moving m;
    for (int i = 0; i < 5; ++i) m.make_rich();
    m.make_child();
    const auto ended = m.make_ended();
    std::string scheduled;
    for (int i = 0; scheduled.empty(); ++i) {
      const auto candidate = "s" + std::to_string(i);
      if (shard_of({"tests", candidate}, shards) == m.shard) scheduled = candidate;
    }
    m.a.must(schedule_named(scheduled));
    const auto rows = m.rows_of(m.a);
    const auto seen = seen_by(*m.a.store);
    const auto counts = m.a.store->queue_counts("enrich");
    CHECK(counts.ready == 5);
    CHECK(counts.delayed == 5);
    CHECK(counts.dead == 5);
    std::set<std::uint8_t> tables;
    for (const auto& row : rows) tables.insert(row.table);
    CHECK(tables.size() >= 16);
    const auto before = seen_by(*m.b.store);

    CHECK(m.move(reopen) > 5);

    CHECK(m.rows_of(m.b) == rows);
    CHECK(seen_by(*m.a.store) == 0);
    // A moved workflow has to look at the events that are kept where it is now.
    CHECK(seen_by(*m.b.store) == before + seen + 5);
    CHECK(m.b.store->queue_counts("enrich") == counts);
    CHECK(*m.b.store->find_workflow(ended.name) == ended.number);
    CHECK(m.row_at(m.a) == [&] {
      ShardRow given;
      given.shard = m.shard;
      given.state = State::given;
      given.owner = "b";
      given.epoch = 2;
      given.attempt = m.attempt;
      given.complete = true;
      given.has_rows = true;
      return given;
    }());
    m.sweep();
    CHECK(m.a.store->cluster()->workflows_of(m.shard)->empty());
    CHECK(m.a.store->queue_counts("enrich") == QueueCounts());
    CHECK_FALSE(m.row_at(m.a).has_rows);
    const auto left = verify_store(*m.a.store, 100);
    REQUIRE(left);
    CHECK(left->empty());
    CHECK(m.a.findings().empty());
    CHECK(m.b.findings().empty());
  }
}

TEST_CASE("while a shard is on its way its rows are for nobody") {
  Moving m;
  m.make_rich();
  m.make_ended();
  const auto seen = seen_by(*m.a.store);
  m.a.must(m.step(ShardAct::want, "b"));
  CHECK(seen_by(*m.a.store) == seen);
  m.b.must(m.step(ShardAct::expect, "a", 1));
  m.a.must(m.step(ShardAct::freeze));
  CHECK_FALSE(m.a.store->cluster()->owns(m.shard));
  CHECK(m.a.store->cluster()->shows(m.shard));
  // Lists still show it; nobody works on it.
  CHECK(m.a.store->list_workflows({}, std::nullopt, 10)->rows.size() == 2);
  CHECK(seen_by(*m.a.store) == 2);
  CHECK(m.a.commit(m.a.start(m.next_name())).error().code == Code::retry_later);
  const auto number = m.a.store->cluster()->workflows_of(m.shard)->front();
  CHECK(m.a.commit(StepRetried{sample_step(sample_step_key(number, 1))}).error().code ==
        Code::retry_later);
  CHECK(m.a.commit(WorkflowRemoved{number}).error().code == Code::retry_later);
  CHECK(m.a.commit(RelayAcked{{m.shard, 1}, 0}).error().code == Code::retry_later);

  auto part = m.step(ShardAct::part, {}, 0, 1);
  part.rows = m.rows_of(m.a);
  m.b.must(part);
  CHECK_FALSE(m.b.store->cluster()->owns(m.shard));
  CHECK(seen_by(*m.b.store) == 0);
  CHECK(m.a.findings().empty());
  CHECK(m.b.findings().empty());
  // Given up: all as before, and what has come goes before the next attempt.
  m.a.must(m.step(ShardAct::thaw));
  CHECK(seen_by(*m.a.store) == seen);
  m.a.must(m.a.start(m.next_name()));
  m.attempt = 8;
  m.b.must(m.step(ShardAct::expect, "a", 1));
  CHECK(is_littered(m.row_at(m.b)));
  CHECK(m.b.commit(m.step(ShardAct::part, {}, 0, 1)).error().code == Code::retry_later);
  auto swept = m.step(ShardAct::sweep);
  swept.swept = *m.b.store->cluster()->workflows_of(m.shard);
  m.b.must(swept);
  m.b.must(m.step(ShardAct::emptied));
  CHECK(m.b.store->cluster()->workflows_of(m.shard)->empty());
  CHECK(m.b.store->queue_counts("enrich") == QueueCounts());
}

TEST_CASE("what does not belong to a move is refused and changes nothing") {
  Moving m;
  m.make_rich();
  CHECK(m.a.commit(m.step(ShardAct::freeze)).error().code == Code::conflict);
  CHECK(m.b.commit(m.step(ShardAct::want, "a")).error().code == Code::conflict);
  CHECK(m.a.commit(m.step(ShardAct::expect, "b", 1)).error().code == Code::conflict);
  m.a.must(m.step(ShardAct::want, "b"));
  m.b.must(m.step(ShardAct::expect, "a", 1));
  m.a.must(m.step(ShardAct::freeze));

  auto part = m.step(ShardAct::part, {}, 0, 1);
  part.rows = m.rows_of(m.a);
  auto foreign = part;
  lmdb::KeyWriter key;
  lmdb::NumberKeys::write(key, (1ULL << 20U) | ((m.shard + 1) % shards));
  foreign.rows.push_back(
      {static_cast<std::uint8_t>(lmdb::RowOf::snapshots), std::string(key.bytes()), "x"});
  CHECK(m.b.commit(foreign).error().code == Code::invalid);
  auto unknown = part;
  unknown.rows.front().table = 99;
  CHECK(m.b.commit(unknown).error().code == Code::invalid);
  auto cut = part;
  cut.rows.front().key.pop_back();
  CHECK(m.b.commit(cut).error().code == Code::invalid);
  CHECK(m.b.store->cluster()->workflows_of(m.shard)->empty());
  auto gap = part;
  gap.step.part = 2;
  CHECK(m.b.commit(gap).error().code == Code::conflict);
  auto older = part;
  older.step.attempt = 6;
  CHECK(m.b.commit(older).error().code == Code::conflict);
  m.b.must(part);
  CHECK(m.b.commit(m.step(ShardAct::complete, {}, 0, 2)).error().code == Code::conflict);
  CHECK(m.b.commit(m.step(ShardAct::take, "a", 2)).error().code == Code::conflict);
  CHECK(m.a.commit(m.step(ShardAct::confirm)).error().code == Code::conflict);
  CHECK(m.a.commit(m.step(ShardAct::emptied)).error().code == Code::conflict);
}

TEST_CASE("messages that waited for a shard are had once it is on the sender's node") {
  Moving m;
  const auto target = m.make_rich();
  // b's workflow says something to a's, and a's to b's, before either hears it.
  auto sender = m.b.start(m.b.name_of("b"));
  workflow::CancelRequested event{"first"};
  sender.deliver.push_back({target.number, {m.b.store->next_sequence(), encode_event(event)}});
  m.b.must(sender);
  auto after = target;
  after.transition = 3;
  auto back = transition_to(after, &target);
  back.deliver.push_back({sender.workflow, {m.a.store->next_sequence(), encode_event(event)}});
  m.a.must(back);
  CHECK(m.b.store->cluster()->pending_channels()->size() == 1);

  m.move(true);

  CHECK(m.b.store->cluster()->pending_channels()->empty());
  CHECK((*m.b.store->load_workflow(target.number))->mailbox.size() == 2);
  CHECK((*m.b.store->load_workflow(sender.workflow))->mailbox.size() == 1);
  m.sweep();
  CHECK(m.a.store->cluster()->pending_channels()->empty());
  // What was taken before the move is known there: it does not come a second time.
  CHECK(*m.b.store->cluster()->last_taken(
            {Numbering::shard(sender.workflow), Numbering::shard(target.number)}) == 1);
  CHECK(m.a.findings().empty());
  CHECK(m.b.findings().empty());
}

TEST_CASE("schedules get each event once, wherever they were when it was delivered") {
  Moving m;
  std::string scheduled;
  for (int i = 0; scheduled.empty(); ++i) {
    const auto candidate = "s" + std::to_string(i);
    if (shard_of({"tests", candidate}, shards) == m.shard) scheduled = candidate;
  }
  m.a.must(schedule_named(scheduled));
  // Two events of a; b has had the second, not the first.
  const auto event = [](NodeVolume& at, std::uint64_t sequence) {
    OutboxRow row;
    row.sequence = sequence;
    row.event = encode_value(workflow::Json{{"type", "news"}});
    row.type = "news";
    row.keep = true;
    at.must(EventAccepted{row});
  };
  const auto deliver = [&](NodeVolume& at, std::uint64_t sequence, bool starts) {
    EventDispatched slice;
    slice.sequence = sequence;
    if (starts) slice.triggers.push_back({"tests", scheduled, sequence, "e", {}});
    at.must(slice);
  };
  const auto first = m.a.store->next_sequence();
  const auto second = m.a.store->next_sequence();
  event(m.a, first);
  event(m.a, second);
  deliver(m.a, first, true);
  event(m.b, second);
  deliver(m.b, second, false);
  m.move(true);
  // The second one had been delivered at b, and not yet at a: it is late.
  const auto late = m.b.store->cluster()->late_events();
  REQUIRE(late->size() == 1);
  CHECK(late->front().shard == m.shard);
  CHECK(late->front().sequences == std::vector<std::uint64_t>{second});
  // The first one comes to b later: the schedule has had it.
  event(m.b, first);
  deliver(m.b, first, true);
  CHECK(m.b.store->triggers("tests", scheduled, 0, 10)->size() == 1);
  // As long as nobody has offered them, what is delivered is late, too; unless it was decided with
  // the schedule known.
  const auto third = m.b.store->next_sequence();
  event(m.b, third);
  deliver(m.b, third, false);
  const auto fourth = m.b.store->next_sequence();
  event(m.b, fourth);
  deliver(m.b, fourth, true);
  CHECK(m.b.store->cluster()->late_events()->front().sequences ==
        std::vector<std::uint64_t>{std::min(second, third), std::max(second, third)});
  m.b.must(LateEventsOffered{m.shard, {{"tests", scheduled, second, "e", {}}}});
  CHECK(m.b.store->cluster()->late_events()->empty());
  std::vector<std::uint64_t> waiting;
  const auto triggers = m.b.store->triggers("tests", scheduled, 0, 10);
  for (const auto& row : *triggers) waiting.push_back(row.sequence);
  std::vector<std::uint64_t> expected = {first, second, fourth};
  std::sort(expected.begin(), expected.end());
  CHECK(waiting == expected);
  CHECK(m.a.commit(LateEventsOffered{m.shard, {}}).error().code == Code::retry_later);
}

TEST_CASE("a volume that is an older copy of a shard gives way") {
  Moving m;
  m.make_rich();
  auto yield = m.step(ShardAct::yield, "b", 1);
  CHECK(m.a.commit(yield).error().code == Code::conflict);  // not later
  yield.step.epoch = 2;
  m.a.must(yield);
  CHECK_FALSE(m.a.store->cluster()->owns(m.shard));
  m.attempt = 0;
  m.sweep();
  CHECK(m.a.store->cluster()->workflows_of(m.shard)->empty());
  CHECK(m.a.findings().empty());
}
