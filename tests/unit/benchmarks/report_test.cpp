#include "benchmarks/report.hpp"
#include "benchmarks/latencies.hpp"
#include "tests/support/catch.hpp"

using namespace endure::benchmarks;

TEST_CASE("dots in a figure's key nest it") {
  Report report("w1", "a run");
  report.add("p50_ms", 1.5);
  report.add("limit.ratio", 0.5, "share");
  report.add("limit.deeper.still", 7);
  report.add_text("mode", "native");
  CHECK(report.to_json() == nlohmann::json({{"workload", "w1"},
                                            {"p50_ms", 1.5},
                                            {"limit", {{"ratio", 0.5}, {"deeper", {{"still", 7}}}}},
                                            {"mode", "native"}}));
}

TEST_CASE("a figure has four digits, a whole number all of its own") {
  Report report("w1", "a run");
  report.add("small", 0.000123456);
  report.add("large", 123'456.789);
  report.add("whole", 1'234'567'890);
  report.add("none", 0);
  report.add("endless", 1.0 / 0.0);
  const auto json = report.to_json();
  CHECK(json["small"].get<double>() == Approx(0.0001235));
  CHECK(json["large"].get<double>() == Approx(123'457));
  CHECK(json["whole"] == 1'234'567'890);
  CHECK(json["none"] == 0);
  CHECK(json["endless"].is_null());
}

TEST_CASE("figures without a label are for programs alone") {
  Report report("w1", "a run");
  report.add("seconds", 12.5);
  report.add("workflows_per_s", 30'123.4, "workflows", "/s");
  const std::string table = report.to_table();
  CHECK(table.find("a run\n") == 0);
  CHECK(table.find("30123 /s") != std::string::npos);
  CHECK(table.find("12.5") == std::string::npos);
  CHECK(report.value("seconds") == 12.5);
  CHECK(report.value("minutes") == 0);
}

TEST_CASE("a percentile is the latency that this share did not exceed") {
  CHECK(percentile({}, 0.5) == 0);
  CHECK(percentile({3}, 0.99) == 3);
  CHECK(percentile({5, 1, 4, 2, 3}, 0.5) == 3);
  CHECK(percentile({5, 1, 4, 2, 3}, 0) == 1);
  CHECK(percentile({5, 1, 4, 2, 3}, 1) == 5);
}
