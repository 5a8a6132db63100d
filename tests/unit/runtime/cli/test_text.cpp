#include "runtime/cli/text.hpp"

#include <sstream>

#include "runtime/cli/api_client.hpp"
#include "runtime/cli/doctor.hpp"
#include "tests/support/catch.hpp"

using namespace endure::cli;

TEST_CASE("ages have one unit, the one that says enough") {
  CHECK(age_text(-5) == "0ms");
  CHECK(age_text(450) == "450ms");
  CHECK(age_text(119'999) == "119s");
  CHECK(age_text(120'000) == "2m");
  CHECK(age_text(7'199'000) == "119m");
  CHECK(age_text(7'200'000) == "2h");
  CHECK(age_text(48 * 3'600'000LL) == "2d");
  CHECK(age_of("no time", {0}).empty());
}

TEST_CASE("text from outside cannot disturb a terminal or a table") {
  CHECK(one_line("a\nb\tc") == "a b c");
  CHECK(one_line("\x1b[31mred\x7f") == "?[31mred?");
  CHECK(one_line("\xc2\x9b"
                 "2J") == "?2J");
  CHECK(one_line("äöü", 2) == "äö…");
  CHECK(one_line("äö", 2) == "äö");
}

TEST_CASE("columns are aligned by characters, not by bytes") {
  Table table({"A", "B"});
  table.add({"größe", "x"});
  table.add({"y", ""});
  std::ostringstream out;
  table.print(out);
  CHECK(out.str() == "A      B\ngröße  x\ny\n");
}

TEST_CASE("path segments are percent-encoded") {
  CHECK(workflow_path("n", "x/y", "/events") == "/v1/workflows/n/x%2Fy/events");
}

TEST_CASE("an old step is found only where workers take steps, and only past the limit") {
  const auto queue = [](int consumers, bool paused) {
    return Json::array({{{"queue", "q"},
                         {"paused", paused},
                         {"depth", 1U},
                         {"dead", 0U},
                         {"consumers", static_cast<unsigned>(consumers)},
                         {"oldest", "2026-01-31T12:00:00.000Z"}}});
  };
  endure::Instant then;
  REQUIRE(endure::from_rfc3339("2026-01-31T12:00:00.000Z", then));
  const DoctorLimits limits{60'000, 0.8};
  CHECK(examine_queues(queue(1, false), then + 60'000, limits).empty());
  CHECK(examine_queues(queue(1, false), then + 60'001, limits).at(0).kind == "old_step");
  CHECK(examine_queues(queue(0, false), then, limits).at(0).kind == "no_consumer");
  CHECK(examine_queues(queue(0, true), then, limits).at(0).kind == "paused_queue");
}
