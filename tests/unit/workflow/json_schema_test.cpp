// The checker of JSON Schema: what it knows, what it refuses to know, and that it ends.
#include "workflow/json_schema.hpp"

#include "tests/support/catch.hpp"

namespace endure::workflow::test {
namespace {

// What of `data` does not fit `schema`; empty where all does.
std::string findings(const std::string& schema, const std::string& data) {
  const auto compiled = JsonSchema::compile(Json::parse(schema));
  INFO(schema);
  if (!compiled) FAIL(to_string(compiled.error()));
  return to_string((*compiled)->check(Json::parse(data)));
}

bool fits(const std::string& schema, const std::string& data) {
  return findings(schema, data).empty();
}

std::string refusal(const std::string& schema) {
  const auto compiled = JsonSchema::compile(Json::parse(schema));
  INFO(schema);
  REQUIRE_FALSE(compiled);
  return to_string(compiled.error());
}

}  // namespace

TEST_CASE("a finding says where and what") {
  const std::string schema = R"({"type": "object", "required": ["id"], "properties": {
      "id": {"type": "integer", "minimum": 1},
      "tags": {"type": "array", "items": {"type": "string", "maxLength": 3}}}})";
  CHECK(findings(schema, R"({"id": 7, "tags": ["a", "äöü"]})") == "");
  CHECK(findings(schema, R"({})") == "the member `id` is missing");
  CHECK(findings(schema, R"([])") == "expected an object, found a list");
  CHECK(findings(schema, R"({"id": "7"})") == "/id: expected a whole number, found \"7\"");
  CHECK(findings(schema, R"({"id": 0})") == "/id: expected at least 1, found 0");
  CHECK(findings(schema, R"({"id": 1, "tags": ["a", "long"]})") ==
        "/tags/1: expected at most 3 characters, found 4");
  CHECK(findings(schema, R"({"id": 0.5, "tags": [1]})") ==
        "/id: expected a whole number, found 0.5; /tags/0: expected text, found 1");
  CHECK(findings(R"({"properties": {"a/b": {"const": 1}}})", R"({"a/b": 2})") ==
        "/a~1b: expected 1, found 2");
}

TEST_CASE("keywords of each group check what the draft says") {
  CHECK(fits(R"({"enum": [1, "a", null]})", "null"));
  CHECK_FALSE(fits(R"({"enum": [1, "a"]})", "2"));
  CHECK(fits(R"({"const": {"a": [1]}})", R"({"a": [1.0]})"));
  CHECK(fits(R"({"type": "integer"})", "1.0"));
  CHECK_FALSE(fits(R"({"exclusiveMaximum": 3})", "3"));
  CHECK(fits(R"({"multipleOf": 0.01})", "4.35"));
  CHECK_FALSE(fits(R"({"multipleOf": 2})", "7"));
  CHECK_FALSE(fits(R"({"uniqueItems": true})", R"([{"a": 1}, 2, {"a": 1}])"));
  CHECK(
      fits(R"({"prefixItems": [{"type": "string"}], "items": {"type": "number"}})", R"(["a", 1])"));
  CHECK_FALSE(fits(R"({"prefixItems": [{"type": "string"}], "items": false})", R"(["a", 1])"));
  CHECK(fits(R"({"contains": {"const": 1}, "minContains": 2, "maxContains": 2})", "[1, 2, 1]"));
  CHECK_FALSE(fits(R"({"contains": {"const": 1}, "maxContains": 1})", "[1, 1]"));
  CHECK_FALSE(fits(R"({"propertyNames": {"pattern": "^[a-z]+$"}})", R"({"A": 1})"));
  CHECK_FALSE(fits(R"({"patternProperties": {"^x-": {"type": "string"}}})", R"({"x-a": 1})"));
  CHECK_FALSE(fits(R"({"dependentRequired": {"a": ["b"]}})", R"({"a": 1})"));
  CHECK(
      fits(R"({"if": {"type": "string"}, "then": {"minLength": 2}, "else": {"minimum": 5}})", "6"));
  CHECK_FALSE(fits(
      R"({"if": {"type": "string"}, "then": {"minLength": 2}, "else": {"minimum": 5}})", R"("a")"));
  CHECK_FALSE(fits(R"({"oneOf": [{"minimum": 1}, {"minimum": 2}]})", "3"));
  CHECK_FALSE(fits(R"({"not": {"type": "null"}})", "null"));
  CHECK_FALSE(fits("false", "1"));
}

TEST_CASE("references lead anywhere within the document, also beside other keywords") {
  const std::string list = R"({"$ref": "#/$defs/list", "$defs": {
      "list": {"type": "object", "required": ["value"],
               "properties": {"next": {"$ref": "#"}, "value": {"$ref": "#number"}}},
      "number": {"$anchor": "number", "type": "number"}}, "maxProperties": 2})";
  CHECK(fits(list, R"({"value": 1, "next": {"value": 2}})"));
  CHECK(findings(list, R"({"value": 1, "next": {"value": "x"}})") ==
        "/next/value: expected a number, found \"x\"");
  CHECK_FALSE(fits(list, R"({"value": 1, "a": 1, "b": 2})"));
}

TEST_CASE("unevaluated members are those that no schema has looked at") {
  const std::string schema = R"({"allOf": [{"properties": {"a": true}}],
      "if": {"properties": {"b": {"const": 1}}, "required": ["b"]},
      "unevaluatedProperties": false})";
  CHECK(fits(schema, R"({"a": 1, "b": 1})"));
  CHECK(findings(schema, R"({"a": 1, "b": 2})") == "the member `b` is not known here");
}

TEST_CASE("what would check nothing is refused, with what to do") {
  CHECK_THAT(refusal(R"({"requird": ["a"]})"),
             Catch::Contains("/requird: `requird` is no keyword of JSON Schema, so it would check "
                             "nothing; did you mean `required`?"));
  CHECK_THAT(refusal(R"({"properties": {"a": {"$dynamicRef": "#a"}}})"),
             Catch::Contains("/properties/a/$dynamicRef: dynamic references are not supported"));
  CHECK_THAT(refusal(R"({"items": [{}]})"), Catch::Contains("use `prefixItems`"));
  CHECK_THAT(refusal(R"({"additionalItems": false})"), Catch::Contains("older draft"));
  CHECK_THAT(refusal(R"({"dependencies": {}})"), Catch::Contains("`dependentRequired`"));
  CHECK_THAT(refusal(R"({"$schema": "http://json-schema.org/draft-07/schema#"})"),
             Catch::Contains("another draft; this version of Endure reads"));
  CHECK_THAT(refusal(R"({"$ref": "https://x.test/s.json"})"),
             Catch::Contains("is another document"));
  CHECK_THAT(refusal(R"({"$ref": "#/$defs/nothing"})"),
             Catch::Contains("leads to no schema of this document"));
  CHECK_THAT(refusal(R"({"$defs": {"a": {"$id": "b"}}})"), Catch::Contains("`$id` below the root"));
  CHECK_THAT(refusal(R"({"type": "int"})"), Catch::Contains("`int` is no type"));
  CHECK_THAT(refusal(R"({"minLength": -1})"), Catch::Contains("0 or more"));
  CHECK_THAT(refusal(R"({"allOf": []})"), Catch::Contains("one at least"));
  CHECK_THAT(refusal(R"(7)"), Catch::Contains("expected a schema"));
  CHECK(fits(R"({"title": "t", "$comment": "c", "x-own": 1, "format": "email"})", "1"));
}

TEST_CASE("a schema that leads back to itself on the same data is refused") {
  CHECK_THAT(refusal(R"({"$ref": "#"})"), Catch::Contains("refers to itself without end"));
  CHECK_THAT(
      refusal(R"({"anyOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"not": {"$ref": "#"}}}})"),
      Catch::Contains("refers to itself without end"));
}

TEST_CASE("regular expressions cannot hold up the node") {
  const std::string repeated(60'000, 'a');
  CHECK_FALSE(fits(R"({"pattern": "^(a+)+$"})", "\"" + repeated + "b\""));
  CHECK(fits(R"({"pattern": "^(a|b)*$"})", "\"" + repeated + "\""));
  CHECK(fits(R"({"pattern": "^.{3}$"})", R"("äöü")"));
  CHECK(fits(R"({"pattern": "^\\d{4}-\\d{2}$"})", R"("2026-11")"));
  CHECK_THAT(refusal(R"({"pattern": "(a"})"), Catch::Contains("cannot be used"));
  CHECK_THAT(refusal(R"({"pattern": "\\p{L}"})"), Catch::Contains("character properties"));
  CHECK_THAT(refusal(R"({"pattern": "(?<=a)b"})"), Catch::Contains("looking behind"));
  CHECK_THAT(refusal(R"({"pattern": "(a)\\1"})"), Catch::Contains("back-references"));
  CHECK_THAT(refusal(R"({"pattern": "((a{1,90}){1,90}){1,90}"})"), Catch::Contains("too many"));
}

TEST_CASE("a check that is too much work ends, and says so") {
  std::string text = "0";
  for (int i = 0; i < 3'000; ++i) text = "[" + text + "]";
  const auto nested = JsonSchema::compile(Json::parse(R"({"items": {"$ref": "#"}})"));
  REQUIRE(nested);
  CHECK_THAT(to_string((*nested)->check(Json::parse(text))), Catch::Contains("too deeply nested"));

  // Each level doubles the work.
  Json schema{{"$defs", {{"s0", {{"type", "number"}}}}}, {"$ref", "#/$defs/s30"}};
  for (int i = 1; i <= 30; ++i) {
    const Json below{{"$ref", "#/$defs/s" + std::to_string(i - 1)}};
    schema["$defs"]["s" + std::to_string(i)] = {{"allOf", {below, below}}};
  }
  const auto doubling = JsonSchema::compile(schema);
  REQUIRE(doubling);
  CHECK_THAT(to_string((*doubling)->check(1)), Catch::Contains("too large"));
}

TEST_CASE("integers beyond the doubles are compared exactly") {
  CHECK_FALSE(fits(R"({"maximum": 9007199254740992})", "9007199254740993"));
  CHECK(fits(R"({"minimum": 9007199254740993})", "9007199254740993"));
  CHECK_FALSE(fits(R"({"maximum": -1})", "18446744073709551615"));
  CHECK_FALSE(fits(R"({"multipleOf": 2})", "9007199254740993"));
}

}  // namespace endure::workflow::test
