// What requests are read with: JSON, targets, fields.
#include "runtime/http/fields.hpp"
#include "runtime/http/json.hpp"
#include "runtime/http/url.hpp"
#include "runtime/http/uuid.hpp"
#include "tests/support/catch.hpp"

using namespace endure;
using namespace endure::http;
using workflow::Json;

TEST_CASE("JSON that nests to the limit is read, one level more is refused", "[http]") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(parse_json(nested(64), 64));
  const auto refused = parse_json(nested(65), 64);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().what.find("64") != std::string::npos);
  CHECK_FALSE(parse_json(std::string(1'000'000, '['), 64));
}

TEST_CASE("brackets inside of JSON strings do not count as nesting", "[http]") {
  CHECK(parse_json(R"({"a": "[[[[\"[[[["})", 2));
}

TEST_CASE("malformed JSON is refused with the place", "[http]") {
  for (const char* text : {"{", "{\"a\":}", "[1,]", "nul", "{} {}", "{\"a\": 1e999}", "'a'", ""}) {
    INFO(text);
    const auto json = parse_json(text, 64);
    REQUIRE_FALSE(json);
    CHECK(json.error().code == Code::invalid);
    CHECK(json.error().what.find("json.exception") == std::string::npos);
  }
}

TEST_CASE("what is wrong with JSON is said without repeating all of it", "[http]") {
  const auto json = parse_json("[" + std::string(10'000, '1') + "e1]", 64);
  REQUIRE_FALSE(json);
  CHECK(json.error().what.find("number overflow") != std::string::npos);
  CHECK(json.error().what.size() < 400);
}

TEST_CASE("an integer that 64 bits cannot hold is refused, not changed", "[http]") {
  for (const char* text : {"18446744073709551616", "[-9223372036854775809]",
                           R"({"a\\\"": {"b": 123456789012345678901234567890}})"}) {
    INFO(text);
    const auto json = parse_json(text, 64);
    REQUIRE_FALSE(json);
    CHECK(json.error().what.find("64 bits") != std::string::npos);
  }
  for (const char* text :
       {"18446744073709551615", "[-9223372036854775808]", R"({"a": "18446744073709551616"})",
        "1844674407370955161.6", "[1e30, 123456789012345678901e-2]", R"(["\"", 7, "\\", 8])"}) {
    INFO(text);
    CHECK(parse_json(text, 64));
  }
}

TEST_CASE("JSON with bytes that are not UTF-8 is refused", "[http]") {
  CHECK_FALSE(parse_json("{\"a\": \"\xff\"}", 64));
  CHECK_FALSE(parse_json("{\"a\": \"\xc0\xaf\"}", 64));
  CHECK(parse_json("{\"a\": \"gr\xc3\xbc\xc3\x9f\"}", 64));
}

TEST_CASE("text that is not UTF-8 never breaks an answer", "[http]") {
  CHECK(dump(Json{{"a", "\xff"}}) == "{\"a\":\"\xef\xbf\xbd\"}");
}

TEST_CASE("a target is taken apart and decoded", "[http]") {
  const auto url = parse_target("/v1/workflows/a%20b//x?status=A%26B+C&flag&x=1#part");
  REQUIRE(url);
  CHECK(url->segments == std::vector<std::string>{"v1", "workflows", "a b", "x"});
  REQUIRE(url->query.size() == 3);
  CHECK(url->query[0] == std::pair<std::string, std::string>("status", "A&B C"));
  CHECK(url->query[1] == std::pair<std::string, std::string>("flag", ""));
}

TEST_CASE("an encoded slash stays inside its segment", "[http]") {
  const auto url = parse_target("/v1/workflows/a%2Fb");
  REQUIRE(url);
  CHECK(url->segments == std::vector<std::string>{"v1", "workflows", "a/b"});
}

TEST_CASE("a malformed percent encoding is refused", "[http]") {
  for (const char* target : {"/%", "/%1", "/%zz", "/a%00b", "/%ff", "/x?a=%f", "/x?%c0%af=1"}) {
    INFO(target);
    CHECK_FALSE(parse_target(target));
  }
}

namespace {
const std::vector<Field>& sample_fields() {
  static const std::vector<Field> fields = {
      {.name = "definition", .type = Field::Type::text, .required = true},
      {.name = "limit", .type = Field::Type::integer, .min = 1, .max = 10},
      {.name = "flag", .type = Field::Type::boolean},
      {.name = "mode", .type = Field::Type::text, .one_of = {"reject", "return_existing"}},
      {.name = "input"}};
  return fields;
}

Error refused(const Json& body) {
  const auto arguments = read_body(body, sample_fields());
  REQUIRE_FALSE(arguments);
  CHECK(arguments.error().code == Code::invalid);
  return arguments.error();
}
}  // namespace

TEST_CASE("an unknown field is refused with the nearest name", "[http]") {
  const auto error = refused({{"definiton", "a"}});
  CHECK(error.where == "/definiton");
  CHECK(error.what.find("did you mean 'definition'") != std::string::npos);
  CHECK(refused({{"zzzzzzzzzz", 1}}).what.find("allowed: definition") != std::string::npos);
}

TEST_CASE("a field's pointer is escaped and cut", "[http]") {
  CHECK(refused({{"a/b~c", 1}}).where == "/a~1b~0c");
  CHECK(refused({{std::string(10'000, 'x'), 1}}).where.size() < 110);
}

TEST_CASE("a missing field, a wrong type and a value out of bounds are refused", "[http]") {
  CHECK(refused(Json::object()).where == "/definition");
  CHECK(refused({{"definition", 1}}).what.find("string") != std::string::npos);
  CHECK(refused({{"definition", nullptr}}).where == "/definition");
  CHECK(refused({{"definition", "a"}, {"limit", 0}}).where == "/limit");
  CHECK(refused({{"definition", "a"}, {"limit", 11}}).where == "/limit");
  CHECK(refused({{"definition", "a"}, {"limit", 18446744073709551615ULL}}).where == "/limit");
  CHECK(refused({{"definition", "a"}, {"limit", 1.5}}).where == "/limit");
  CHECK(refused({{"definition", "a"}, {"mode", "x"}}).what.find("return_existing") !=
        std::string::npos);
  CHECK(refused(Json::array()).what.find("object") != std::string::npos);
}

TEST_CASE("fields that are given can be asked for by name", "[http]") {
  const auto arguments =
      read_body({{"definition", "a"}, {"flag", nullptr}, {"input", {{"x", 1}}}}, sample_fields());
  REQUIRE(arguments);
  CHECK(arguments->text("definition") == "a");
  CHECK_FALSE(arguments->has("flag"));
  CHECK(arguments->value("input", Json()) == Json{{"x", 1}});
  CHECK(arguments->value("mode", "other") == "other");
}

TEST_CASE("query values are read by their type, and a second one of a name is refused", "[http]") {
  const auto arguments = read_query({{"limit", "7"}, {"flag", "true"}}, sample_fields());
  REQUIRE(arguments);
  CHECK(arguments->integer("limit") == 7);
  CHECK(arguments->boolean("flag") == true);
  CHECK_FALSE(read_query({{"limit", "7x"}}, sample_fields()));
  CHECK_FALSE(read_query({{"limit", ""}}, sample_fields()));
  CHECK_FALSE(read_query({{"limit", "99999999999999999999"}}, sample_fields()));
  CHECK_FALSE(read_query({{"limit", "1"}, {"limit", "2"}}, sample_fields()));
  const auto unknown = read_query({{"limt", "1"}}, sample_fields());
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().what.find("did you mean 'limit'") != std::string::npos);
}

TEST_CASE("fresh ids are UUIDs of version 7 that sort by time", "[http]") {
  const auto first = new_uuid({1'700'000'000'000});
  const auto second = new_uuid({1'700'000'000'001});
  CHECK(first.size() == 36);
  CHECK(first[14] == '7');
  CHECK(std::string("89ab").find(first[19]) != std::string::npos);
  CHECK(first < second);
  CHECK(new_uuid({1}) != new_uuid({1}));
}
