#include "config/quantity.hpp"
#include "tests/support/catch.hpp"

using namespace endure::config;
using endure::Code;

TEST_CASE("durations are read with every unit and with several of them") {
  CHECK(duration_from("250ms") == 250);
  CHECK(duration_from("30s") == 30'000);
  CHECK(duration_from("5m") == 300'000);
  CHECK(duration_from("2h") == 7'200'000);
  CHECK(duration_from("30d") == 2'592'000'000);
  CHECK(duration_from("1h30m") == 5'400'000);
  CHECK(duration_from("0") == 0);
}

TEST_CASE("what is no duration is refused with an example of one") {
  const auto* text = GENERATE("", "5", "s", "-5s", "1.5h", "5 s", "5sec", "5S", "1h30", "s5", "5s ",
                              "99999999999999999999ms", "9223372036854775807s", "106751991168d");
  CAPTURE(text);
  const auto result = duration_from(text);
  REQUIRE_FALSE(result);
  CHECK(result.error().code == Code::invalid);
  CHECK(result.error().what.find("30s") != std::string::npos);
}

TEST_CASE("durations are written so that they read back the same") {
  CHECK(duration_text(90'000) == "90s");
  CHECK(duration_text(86'400'000) == "1d");
  CHECK(duration_text(1'500) == "1500ms");
  CHECK(duration_text(0) == "0");
  for (const std::int64_t ms : {0L, 1L, 999L, 60'000L, 3'600'001L, 2'592'000'000L}) {
    CHECK(duration_from(duration_text(ms)) == ms);
  }
}

TEST_CASE("sizes are read with binary units, and as bytes without one") {
  CHECK(size_from("64MiB") == 64ULL << 20U);
  CHECK(size_from("1TiB") == 1ULL << 40U);
  CHECK(size_from("2GiB") == 2ULL << 30U);
  CHECK(size_from("3KiB") == 3072U);
  CHECK(size_from("7B") == 7U);
  CHECK(size_from("1024") == 1024U);
}

TEST_CASE("what is no size is refused with an example of one") {
  const auto* text =
      GENERATE("", "MiB", "1MB", "1mib", "-1MiB", "1.5GiB", "1MiB1KiB", "1 MiB", "99999999999TiB");
  CAPTURE(text);
  const auto result = size_from(text);
  REQUIRE_FALSE(result);
  CHECK(result.error().what.find("64KiB") != std::string::npos);
}

TEST_CASE("sizes are written with the largest unit that fits") {
  CHECK(size_text(64ULL << 20U) == "64MiB");
  CHECK(size_text(1025) == "1025B");
  CHECK(size_text(0) == "0B");
}
