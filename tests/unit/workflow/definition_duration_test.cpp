#include "tests/support/definitions.hpp"

namespace endure::workflow::test {

namespace {

std::int64_t ms(const Json& json) {
  const auto read = duration_ms(json, "/x");
  INFO(json.dump());
  if (!read) FAIL(read.error().what);
  return *read;
}

}  // namespace

TEST_CASE("ISO 8601 durations are read in milliseconds") {
  CHECK(ms("PT30S") == 30'000);
  CHECK(ms("PT1H30M") == 5'400'000);
  CHECK(ms("P30D") == 2'592'000'000);
  CHECK(ms("P2W") == 1'209'600'000);
  CHECK(ms("P3DT4H5M6.5S") == 273'906'500);
  CHECK(ms("PT0.001S") == 1);
  CHECK(ms("PT0.0004S") == 0);
  CHECK(ms("P0.5D") == 43'200'000);
  CHECK(ms("PT0S") == 0);
}

TEST_CASE("duration objects are read in milliseconds") {
  CHECK(ms(Json::parse(R"({"seconds": 30})")) == 30'000);
  CHECK(ms(Json::parse(
            R"({"days": 1, "hours": 2, "minutes": 3, "seconds": 4, "milliseconds": 5})")) ==
        93'784'005);
}

TEST_CASE("a duration that is malformed, negative or endless is refused") {
  for (const char* text :
       {"", "P", "PT", "30S", "PT30", "P1DT", "PT5S3M", "P1D2D", "PTT5S", "-PT5S", "PT-5S", "PT.5S",
        "PT5.S", "pt5s", "PT5S ", "P1H", "PT1D", "tomorrow"}) {
    INFO(text);
    const auto read = duration_ms(text, "/x");
    REQUIRE_FALSE(read);
    CHECK(read.error().where == "/x");
    CHECK_THAT(read.error().what, Catch::Contains("PT30S"));
  }
  CHECK_THAT(duration_ms("P1Y", "").error().what, Catch::Contains("no fixed length"));
  CHECK_THAT(duration_ms("P1M", "").error().what, Catch::Contains("no fixed length"));
  for (const char* json :
       {R"({"days": 36526})", R"({"days": 18446744073709551615})", R"("P36526D")",
        R"("PT99999999999999999999999999999999999999999999999S")",
        R"({"days": 36525, "milliseconds": 1})"}) {
    INFO(json);
    CHECK_THAT(duration_ms(Json::parse(json), "").error().what, Catch::Contains("100 years"));
  }
  for (const char* json : {"{}", "5", "null", "[1]", R"({"seconds": -1})", R"({"seconds": 1.5})",
                           R"({"seconds": "1"})"}) {
    INFO(json);
    CHECK_FALSE(duration_ms(Json::parse(json), ""));
  }
}

TEST_CASE("an unknown member of a duration is refused with the nearest name") {
  const auto read = duration_ms(Json::parse(R"({"second": 1})"), "/do/0/w/wait");
  REQUIRE_FALSE(read);
  CHECK(read.error().where == "/do/0/w/wait/second");
  CHECK_THAT(read.error().what, Catch::Contains("did you mean `seconds`?"));
}

}  // namespace endure::workflow::test
