#include "tests/contract/volume_under_test.hpp"

using namespace endure;
using namespace endure::persistence;
using workflow::Phase;

namespace {

using Numbers = std::vector<WorkflowNumber>;

}  // namespace

TEST_CASE("lists are newest first and filtered by every criterion", "[workflows]") {
  VolumeUnderTest volume(each_kind());
  Scripted one(volume, 1), two(volume, 2), three(volume, 3), four(volume, 4);
  one.step(Phase::waiting, "ENRICHING");
  two.snapshot().name.ns = "elsewhere";
  two.step(Phase::waiting, "ENRICHING");
  three.snapshot().definition = {"test", "other", "2.0.0"};
  three.step(Phase::running);
  four.step(Phase::completed, "COMPLETED");
  one.step(Phase::suspended, "WAITING_FOR_REVIEW");
  volume.reopen();

  const auto page_size = GENERATE(as<std::size_t>(), 1, 2, 100);
  const auto list = [&](const WorkflowFilter& f) { return list_all(*volume, f, page_size); };
  CHECK(list({}) == Numbers{4, 3, 2, 1});
  CHECK(list({.ns = "test"}) == Numbers{4, 3, 1});
  CHECK(list({.phase = Phase::waiting}) == Numbers{2});
  CHECK(list({.phase = Phase::completed}) == Numbers{4});
  CHECK(list({.status = "ENRICHING"}) == Numbers{2});
  CHECK(list({.status = "WAITING_FOR_REVIEW"}) == Numbers{1});
  CHECK(list({.status = "ENRICH"}).empty());
  CHECK(list({.status = ""}) == Numbers{3});
  CHECK(list({.phase = Phase::waiting, .status = "WAITING_FOR_REVIEW"}).empty());
  CHECK(list({.definition = "other"}) == Numbers{3});
  CHECK(list({.definition = "sample", .definition_version = "1.0.0"}) == Numbers{4, 2, 1});
  CHECK(list({.definition_version = "2.0.0"}) == Numbers{3});
  CHECK(list({.created_before = Instant{1'003}}) == Numbers{2, 1});
  CHECK(list({.created_after = Instant{1'002}}) == Numbers{4, 3});
}

TEST_CASE("a status may be any text, however long", "[workflows]") {
  VolumeUnderTest volume(each_kind());
  const std::string base(1'000, 's');
  const std::string zero("a\0b", 3);
  Scripted one(volume, 1), two(volume, 2), three(volume, 3);
  one.step(Phase::waiting, base + "1");
  two.step(Phase::waiting, base + "2");
  three.step(Phase::waiting, zero);
  CHECK(list_all(*volume, {.status = base + "1"}, 10) == Numbers{1});
  CHECK(list_all(*volume, {.status = base + "2"}, 10) == Numbers{2});
  CHECK(list_all(*volume, {.status = zero}, 10) == Numbers{3});
  one.step(Phase::waiting, "short");
  CHECK(list_all(*volume, {.status = base + "1"}, 10).empty());
}

TEST_CASE("a list that finds nothing for long ends its page with a cursor", "[workflows]") {
  VolumeUnderTest volume(each_kind());
  std::vector<Change> changes;
  for (WorkflowNumber n = 1; n <= 10'050; ++n)
    changes.push_back(transition_to(sample_snapshot(n, 1)));
  volume.commit(changes);
  const WorkflowFilter nothing{.definition = "nobody"};
  const auto page = volume->list_workflows(nothing, std::nullopt, 10).value();
  CHECK(page.rows.empty());
  REQUIRE(page.next);
  const auto rest = volume->list_workflows(nothing, page.next, 10).value();
  CHECK(rest.rows.empty());
  CHECK_FALSE(rest.next);
}

TEST_CASE("history comes oldest first, in pages", "[workflows]") {
  VolumeUnderTest volume(each_kind());
  Scripted flow(volume, 5);
  Scripted neighbour(volume, 6);
  neighbour.step();
  for (int i = 0; i < 5; ++i) flow.step();
  volume.reopen();
  const auto first = volume->history(5, 0, 2).value();
  REQUIRE(first.rows.size() == 2);
  CHECK(first.rows[0].transition == 1);
  CHECK(decode_history(first.rows[0].bytes)->event == "started");
  CHECK(first.next == 2);
  const auto second = volume->history(5, 2, 3).value();
  REQUIRE(second.rows.size() == 3);
  CHECK(second.rows[2].transition == 5);
  CHECK_FALSE(second.next);
  CHECK(volume->history(5, 5, 3).value().rows.empty());
  CHECK(volume->history(99, 0, 3).value().rows.empty());
}

TEST_CASE("live workflows are listed by phase, in order", "[workflows]") {
  VolumeUnderTest volume(each_kind());
  for (const WorkflowNumber n : {1U, 2U, 3U, 4U}) {
    Scripted flow(volume, n);
    flow.step(n == 3 ? Phase::running : Phase::waiting);
  }
  volume.reopen();
  CHECK(volume->live_workflows(Phase::waiting, 0, 10).value() == Numbers{1, 2, 4});
  CHECK(volume->live_workflows(Phase::waiting, 1, 1).value() == Numbers{2});
  CHECK(volume->live_workflows(Phase::running, 0, 10).value() == Numbers{3});
  CHECK(volume->live_workflows(Phase::suspended, 0, 10).value().empty());
  CHECK(volume->live_workflows(Phase::waiting, UINT64_MAX, 10).value().empty());
}
