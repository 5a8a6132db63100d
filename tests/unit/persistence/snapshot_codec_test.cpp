#include "persistence/codec.hpp"
#include "persistence/snapshot_head.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/transitions.hpp"

using namespace endure;
using namespace endure::persistence;
using namespace endure::workflow;

namespace {

Snapshot full_snapshot() {
  auto s = sample_snapshot(42, 17, Phase::suspended, "ENRICHING");
  s.definition.ns = "elsewhere";
  s.resume_to = Phase::waiting;
  s.cause = "its worker is gone";
  s.next_wait = 9;
  s.context = Json{{"seen", 3}};
  s.output = Json{1, 2};
  s.fault = Fault{"https://example.org/e", 503, "t", "d", "/do/1"};
  s.timeout = 4;
  Frame root;
  root.raw_input = s.input;
  root.input = s.input;
  root.data = Json{{"x", 1}};
  Frame loop;
  loop.task = 3;
  loop.position = 2;
  loop.attempts = 1;
  loop.started = {77};
  loop.raw_input = root.data;
  loop.variables = Json{{"item", "a"}};
  loop.timeout = 5;
  s.branches = {{0, 0, {root, loop}, 6}, {1, 0, {root}, 7}};
  s.steps = {{6, "enrich", 2, {5'000}, true}, {8, "notify", 5, {6'000}, false, true}};
  s.timers = {{4, {9'000}}, {5, {9'500}}};
  s.listeners = {{7, "review.decided"}, {7, ""}};
  s.children = {{8, 99, {"elsewhere", "test:w-42.8"}}};
  s.parent = Parent{7, {"above", "p"}, 3, false, 2};
  return s;
}

void check_same(const Frame& a, const Frame& b) {
  CHECK(a.task == b.task);
  CHECK(a.position == b.position);
  CHECK(a.attempts == b.attempts);
  CHECK(a.started == b.started);
  CHECK(a.raw_input == b.raw_input);
  CHECK(a.input == b.input);
  CHECK(a.data == b.data);
  CHECK(a.variables == b.variables);
  CHECK(a.timeout == b.timeout);
}

void check_same(const Snapshot& a, const Snapshot& b) {
  CHECK(a.number == b.number);
  CHECK(a.name == b.name);
  CHECK(a.definition == b.definition);
  CHECK(a.phase == b.phase);
  CHECK(a.resume_to == b.resume_to);
  CHECK(a.status == b.status);
  CHECK(a.cause == b.cause);
  CHECK(a.transition == b.transition);
  CHECK(a.created == b.created);
  CHECK(a.updated == b.updated);
  CHECK(a.next_wait == b.next_wait);
  CHECK(a.input == b.input);
  CHECK(a.context == b.context);
  CHECK(a.output == b.output);
  CHECK(a.fault == b.fault);
  CHECK(a.timeout == b.timeout);
  CHECK(a.steps == b.steps);
  CHECK(a.timers == b.timers);
  CHECK(a.listeners == b.listeners);
  CHECK(a.children == b.children);
  CHECK(a.parent == b.parent);
  REQUIRE(a.branches.size() == b.branches.size());
  for (std::size_t i = 0; i < a.branches.size(); ++i) {
    CHECK(a.branches[i].id == b.branches[i].id);
    CHECK(a.branches[i].parent == b.branches[i].parent);
    CHECK(a.branches[i].wait == b.branches[i].wait);
    REQUIRE(a.branches[i].frames.size() == b.branches[i].frames.size());
    for (std::size_t k = 0; k < a.branches[i].frames.size(); ++k) {
      check_same(a.branches[i].frames[k], b.branches[i].frames[k]);
    }
  }
}

}  // namespace

TEST_CASE("a snapshot survives its codec, with every field set and with none", "[snapshot]") {
  for (const auto& snapshot : {full_snapshot(), Snapshot()}) {
    const auto back = decode_snapshot(encode_snapshot(snapshot));
    REQUIRE(back);
    check_same(*back, snapshot);
  }
}

TEST_CASE("a definition without a namespace is not taken into its workflow's", "[snapshot]") {
  auto snapshot = sample_snapshot(1, 1);
  snapshot.definition.ns.clear();
  CHECK(decode_snapshot(encode_snapshot(snapshot))->definition.ns.empty());
}

TEST_CASE("the summary is read from the start of the snapshot", "[snapshot]") {
  const auto snapshot = full_snapshot();
  const auto summary = decode_summary(encode_snapshot(snapshot));
  REQUIRE(summary);
  CHECK(summary->number == snapshot.number);
  CHECK(summary->name == snapshot.name);
  CHECK(summary->definition == snapshot.definition);
  CHECK(summary->phase == snapshot.phase);
  CHECK(summary->status == snapshot.status);
  CHECK(summary->cause == snapshot.cause);
  CHECK(summary->transition == snapshot.transition);
  CHECK(summary->created == snapshot.created);
  CHECK(summary->updated == snapshot.updated);
  CHECK(summary->parent == snapshot.parent);
}

TEST_CASE("the head of a snapshot can be looked at without reading it", "[snapshot]") {
  const auto record = encode_snapshot(full_snapshot());
  const auto head = peek_snapshot(record);
  REQUIRE(head);
  CHECK(head->transition == 17);
  CHECK(head->phase == Phase::suspended);
  CHECK_FALSE(peek_snapshot(record.substr(0, 14)));
  CHECK_FALSE(peek_snapshot(std::string(100, 'x')));
}

TEST_CASE("a document that several frames share is stored once and read back as one",
          "[snapshot]") {
  auto snapshot = sample_snapshot(1, 1);
  snapshot.input = Json{{"text", std::string(1'000, 'x')}};
  Frame frame;
  frame.raw_input = snapshot.input;
  frame.input = snapshot.input;
  frame.data = snapshot.input;
  snapshot.branches = {{0, 0, {frame, frame, frame}, 1}};
  const auto record = encode_snapshot(snapshot);
  CHECK(record.size() < 1'300);
  const auto back = decode_snapshot(record);
  REQUIRE(back);
  check_same(*back, snapshot);
  CHECK(&back->input.json() == &back->branches[0].frames[2].data.json());
}

TEST_CASE("more documents than the writer remembers are still read back right", "[snapshot]") {
  auto snapshot = sample_snapshot(1, 1);
  std::vector<Value> documents;
  for (int i = 0; i < 60; ++i) documents.emplace_back(Json{i});
  Branch branch;
  for (std::size_t i = 0; i < 200; ++i) {
    Frame frame;
    frame.input = documents[(i * 7) % documents.size()];
    frame.data = documents[(i * 7) % documents.size()];
    branch.frames.push_back(frame);
  }
  snapshot.branches = {branch};
  const auto back = decode_snapshot(encode_snapshot(snapshot));
  REQUIRE(back);
  check_same(*back, snapshot);
}

TEST_CASE("a typical snapshot adds little to its documents", "[snapshot]") {
  auto snapshot = sample_snapshot(1'000'000, 3, Phase::waiting, "ENRICHING");
  snapshot.created = {1'790'000'000'000};
  snapshot.updated = {1'790'000'004'000};
  snapshot.input = Json{{"text", std::string(300, 'x')}};
  Frame root;
  root.raw_input = root.input = root.data = snapshot.input;
  root.started = snapshot.created;
  Frame call = root;
  call.task = 2;
  snapshot.branches = {{0, 0, {root, call}, 2}};
  snapshot.steps = {{2, "enrich", 5, snapshot.updated, false}};
  CHECK(encode_snapshot(snapshot).size() < 300 + 160);
}
