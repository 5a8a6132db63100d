// Records of versions before this one, made by hand: each is read, and written again as the newest.
#include "persistence/codec.hpp"
#include "persistence/envelope.hpp"
#include "persistence/lmdb/rows.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/transitions.hpp"

using namespace endure;
using namespace endure::persistence;
using namespace endure::workflow;

namespace {

// As version 1 had it: a record without the fields that came with version 2 has the same payload.
std::string of_version_1(std::string record) {
  seal(record, 1);
  return record;
}

std::uint8_t version_of(const std::string& record) {
  std::uint8_t version = 0;
  REQUIRE(unseal(record, 255, &version));
  return version;
}

}  // namespace

TEST_CASE("a snapshot of version 1 is read, and written as version 2", "[upgrade]") {
  const Snapshot before = sample_snapshot(7, 3, Phase::waiting, "ENRICHING");
  const auto read = decode_snapshot(of_version_1(encode_snapshot(before)));
  REQUIRE(read);
  CHECK(read->name == before.name);
  CHECK(read->status == before.status);
  CHECK(read->input.json() == before.input.json());
  CHECK(read->recent_events.empty());  // it knew of no events that come twice
  CHECK(read->taken_floor == 0);
  CHECK(version_of(encode_snapshot(*read)) == 2);
}

TEST_CASE("a history record and an event of version 1 are read", "[upgrade]") {
  HistoryRecord record;
  record.transition = 9;
  record.event = "step_completed";
  record.worker = "w";
  const auto read = decode_history(of_version_1(encode_history(record)));
  REQUIRE(read);
  CHECK(read->transition == 9);
  CHECK(read->worker == "w");
  const Value document(Json{{"type", "t"}});
  const auto event = decode_event(of_version_1(encode_event(EventReceived{document, true})));
  REQUIRE(event);
  const auto& received = std::get<EventReceived>(*event);
  CHECK(received.event.json() == document.json());
  CHECK(received.addressed);
  CHECK(received.published == 0);
  CHECK(version_of(encode_event(*event)) == 2);
}

TEST_CASE("an event on its way, of version 1, is not one to be kept", "[upgrade]") {
  const OutboxRow before{5, "event", "type", 17, true};
  const auto read = lmdb::decode_outbox(5, of_version_1(lmdb::encode_outbox(before)));
  REQUIRE(read);
  CHECK(read->type == "type");
  CHECK(read->resume_after == 17);
  CHECK(read->any_done);
  CHECK_FALSE(read->keep);
  CHECK(version_of(lmdb::encode_outbox(*read)) == 2);
}
