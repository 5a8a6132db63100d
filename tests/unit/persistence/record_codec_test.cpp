#include <random>
#include <set>

#include "persistence/codec.hpp"
#include "persistence/envelope.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/transitions.hpp"

using namespace endure;
using namespace endure::persistence;
using namespace endure::workflow;

namespace {

const Fault full_fault{"https://example.org/error", 429, "rate limit", "slow down", "/do/0"};

StepRecord full_step() {
  StepRecord step = sample_step(sample_step_key(7, 3));
  step.attempts = 4;
  step.max_attempts = 9;
  step.lease_ms = 1;
  step.backoff_ms = 2;
  step.max_backoff_ms = 3;
  step.due = {11};
  step.buried = {12};
  step.last_fault = full_fault;
  step.leased_until = {13};
  step.leased_by = "worker-1";
  return step;
}

void check_same(const StepRecord& a, const StepRecord& b) {
  CHECK(a.key == b.key);
  CHECK(a.name == b.name);
  CHECK(a.task == b.task);
  CHECK(a.attempts == b.attempts);
  CHECK(a.max_attempts == b.max_attempts);
  CHECK(a.lease_ms == b.lease_ms);
  CHECK(a.backoff_ms == b.backoff_ms);
  CHECK(a.max_backoff_ms == b.max_backoff_ms);
  CHECK(a.due == b.due);
  CHECK(a.buried == b.buried);
  CHECK(a.last_fault == b.last_fault);
  CHECK(a.leased_until == b.leased_until);
  CHECK(a.leased_by == b.leased_by);
  CHECK(a.arguments == b.arguments);
}

std::vector<Event> one_of_each_event() {
  const Value document(Json{{"score", 0.5}, {"list", {1, 2, 3}}});
  return {Started{document},
          StepCompleted{4, document, 2, "worker-1"},
          StepFailed{5, full_fault, true, 3, "worker-2"},
          TimerFired{6},
          EventReceived{document, true},
          CancelRequested{"because"},
          TerminateRequested{"at once"},
          PauseRequested{"wait"},
          ResumeRequested{"go on"},
          StepRedriven{7},
          StepDropped{8, full_fault},
          Crashed{"broken"},
          ChildEnded{9, "test/w-1.9", Json{{"x", 1}}, {}},
          ChildEnded{10, "test/w-1.10", {}, full_fault},
          EventsOffered{{{10, 11, document}}}};
}

// Damaged bytes with a right checksum, as a bug or a forger would make them.
template <class Decode>
void survive_damage(const std::string& record, Decode decode) {
  std::mt19937 random(11);
  for (int round = 0; round < 5'000; ++round) {
    auto damaged = record;
    for (auto flips = random() % 3 + 1; flips > 0; --flips) {
      const auto at = envelope_bytes + random() % (damaged.size() - envelope_bytes);
      damaged[at] = static_cast<char>(random());
    }
    if (random() % 4 == 0) damaged.resize(envelope_bytes + random() % (damaged.size() - 4));
    seal(damaged, 1);
    decode(damaged);
  }
}

}  // namespace

TEST_CASE("every kind of event survives its codec", "[codec]") {
  for (const auto& event : one_of_each_event()) {
    const auto bytes = encode_event(event);
    const auto back = decode_event(bytes);
    REQUIRE(back);
    CHECK(back->index() == event.index());
    CHECK(encode_event(*back) == bytes);
  }
  const auto failed = decode_event(encode_event(StepFailed{5, full_fault, true, 3, "w"}));
  CHECK(std::get<StepFailed>(*failed).fault == full_fault);
  CHECK(std::get<StepFailed>(*failed).exhausted);
  CHECK(std::get<StepFailed>(*failed).attempt == 3);
  CHECK(std::get<StepFailed>(*failed).worker == "w");
  CHECK(std::get<StepFailed>(*failed).wait == 5);
}

TEST_CASE("every kind of event has a name of its own", "[codec]") {
  std::set<std::string_view> names;
  for (const auto& event : one_of_each_event()) names.insert(event_kind(event));
  CHECK(names.size() == std::variant_size_v<Event>);
  CHECK(event_kind(StepCompleted{}) == "step_completed");
  CHECK(event_kind(Crashed{}) == "crashed");
}

TEST_CASE("a step survives its codec, with every field set and with none", "[codec]") {
  const auto full = full_step();
  const auto back = decode_step(full.key, encode_step(full));
  REQUIRE(back);
  check_same(*back, full);

  const StepRecord empty;
  const auto empty_back = decode_step(empty.key, encode_step(empty));
  REQUIRE(empty_back);
  check_same(*empty_back, empty);
  CHECK(encode_step(empty).size() <= envelope_bytes + 1);
}

TEST_CASE("a history record survives its codec", "[codec]") {
  HistoryRecord record;
  record.transition = 12;
  record.at = {1'700'000'000'123};
  record.phase = Phase::faulted;
  record.status = "ENRICHING";
  record.event = "step_failed";
  record.worker = "w";
  record.attempt = 2;
  record.entries.push_back({HistoryEntry::Kind::step_failed, "/do/0", "429", Value(Json{1, 2})});
  record.entries.push_back({HistoryEntry::Kind::ignored, "", "", {}});
  const auto back = decode_history(encode_history(record));
  REQUIRE(back);
  CHECK(back->transition == 12);
  CHECK(back->at == record.at);
  CHECK(back->phase == Phase::faulted);
  CHECK(back->status == "ENRICHING");
  CHECK(back->event == "step_failed");
  CHECK(back->worker == "w");
  CHECK(back->attempt == 2);
  REQUIRE(back->entries.size() == 2);
  CHECK(back->entries[0].kind == HistoryEntry::Kind::step_failed);
  CHECK(back->entries[0].task == "/do/0");
  CHECK(back->entries[0].detail == "429");
  CHECK(back->entries[0].data.json() == Json{1, 2});
  CHECK(back->entries[1].kind == HistoryEntry::Kind::ignored);
}

TEST_CASE("damage inside a record never does harm, even under a right checksum", "[codec]") {
  survive_damage(encode_event(one_of_each_event()[2]), [](const std::string& bytes) {
    if (const auto event = decode_event(bytes)) encode_event(*event);
  });
  survive_damage(encode_step(full_step()), [](const std::string& bytes) {
    if (const auto step = decode_step({}, bytes)) encode_step(*step);
  });
  survive_damage(encode_snapshot(sample_snapshot(3, 4)), [](const std::string& bytes) {
    if (const auto snapshot = decode_snapshot(bytes)) encode_snapshot(*snapshot);
    decode_summary(bytes).has_value();
  });
}

TEST_CASE("a damaged record is corrupt, one of a newer version is invalid", "[codec]") {
  auto bytes = encode_step(full_step());
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  CHECK(decode_step({}, bytes).error().code == Code::corrupt);
  auto newer = encode_event(TimerFired{1});
  seal(newer, 99);
  CHECK(decode_event(newer).error().code == Code::invalid);
}

TEST_CASE("a record with bytes behind its end or an unknown field is corrupt", "[codec]") {
  auto longer = encode_event(TimerFired{1});
  longer += '\x01';
  seal(longer, 1);
  CHECK(decode_event(longer).error().code == Code::corrupt);

  std::string unknown(envelope_bytes, '\0');
  unknown += std::string("\x03\x81\x3F\x01", 4);  // TimerFired with a field 63
  seal(unknown, 1);
  CHECK(decode_event(unknown).error().code == Code::corrupt);
}
