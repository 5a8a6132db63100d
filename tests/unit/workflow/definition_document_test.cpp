// Text to JSON: YAML 1.2 scalars, JSON, lines, and what is refused.

#include "tests/support/definitions.hpp"
#include "workflow/parse/document.hpp"

namespace endure::workflow::test {

namespace {

using parse::read_document;

Json read(const std::string& text) {
  const auto document = read_document(text, {});
  INFO(text);
  if (!document) FAIL(to_string(document.error()));
  for (const Problem& problem : document->problems) FAIL(to_string(problem));
  return document->json;
}

std::string refusal(const std::string& text, const ParseLimits& limits = {}) {
  const auto document = read_document(text, limits);
  if (!document) return to_string(document.error());
  return document->problems.empty() ? "" : to_string(document->problems.front());
}

void check_refused(const std::string& text, const std::string& expected,
                   const ParseLimits& limits = {}) {
  INFO(text.substr(0, 300));
  CHECK_THAT(refusal(text, limits), Catch::Contains(expected));
}

}  // namespace

TEST_CASE("plain scalars are read by the JSON schema of YAML 1.2 and nothing more") {
  const Json read_json = read(
      "a: on\nb: yes\nc: no\nd: 012\ne: 0x1F\nf: True\ng: 1_000\nh: .5\ni: 1.0.3\nj: 2026-01-31\n"
      "k: 12:30\nl: .inf\nm: +1\n");
  for (const auto& [key, value] : read_json.items()) {
    INFO(key);
    CHECK(value.is_string());
  }
  CHECK(read("a: [null, true, false, 0, -7, 1.5, 1e3, -0.25]") ==
        Json::parse(R"({"a": [null, true, false, 0, -7, 1.5, 1000.0, -0.25]})"));
  CHECK(read("a:\nb: ~") == Json::parse(R"({"a": null, "b": null})"));
}

TEST_CASE("quoted and block scalars stay text") {
  CHECK(read("a: '12'\nb: \"true\"\nc: 'null'\nd: |\n  12\ne: !!str 12\nf: ''") ==
        Json::parse(R"({"a": "12", "b": "true", "c": "null", "d": "12\n", "e": "12", "f": ""})"));
}

TEST_CASE("keys are text whatever they look like") {
  CHECK(read("on: 1\n12: 2\ntrue: 3\n'x': 4") ==
        Json::parse(R"({"on": 1, "12": 2, "true": 3, "x": 4})"));
}

TEST_CASE("integers keep their value up to 64 bits and are refused beyond") {
  const Json json =
      read("a: 9223372036854775807\nb: -9223372036854775808\nc: 18446744073709551615");
  CHECK(json["a"] == INT64_MAX);
  CHECK(json["b"] == INT64_MIN);
  CHECK(json["c"] == UINT64_MAX);
  check_refused("x:\n  a: 18446744073709551616", "line 2, /x/a: the number 18446744073709551616");
  check_refused("a: -9223372036854775809", "does not fit in 64 bits");
  check_refused("a: 1e999", "out of the range");
  check_refused("{\"x\":\n[18446744073709551616\n]}", "line 2, /x/0: the number 1844674407370955");
  check_refused("{\"a\": -9223372036854775809}", "does not fit in 64 bits");
  check_refused("{\"a\": 1e999}", "out of the range");
}

TEST_CASE("anchors and aliases repeat values") {
  CHECK(read("a: &x {b: [1, 2]}\nc: *x\nd: [*x]") ==
        Json::parse(R"({"a": {"b": [1, 2]}, "c": {"b": [1, 2]}, "d": [{"b": [1, 2]}]})"));
  check_refused("a: &x [*x]", "inside the value that it repeats");
  check_refused("a: *nobody", "not YAML");
  check_refused("&k a: 1\n*k : 2", "anchored");
}

TEST_CASE("aliases that multiply are refused long before they fill the memory") {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string old = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + old;
    for (int j = 0; j < 9; ++j) bomb += ", " + old;
    bomb += "]\n";
  }
  check_refused(bomb, "grow by more than 1048576 bytes");
}

TEST_CASE("a key that stands twice is refused where it stands the second time") {
  check_refused("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3",
                "line 5, /b/c: the key `c` stands here a second");
  check_refused("{\"b\": {\n\"c\": 1,\n\"c\": 3}}",
                "line 3, /b/c: the key `c` stands here a second");
}

TEST_CASE("what is no single document of plain data is refused") {
  check_refused("", "empty");
  check_refused("a: 1\n---\nb: 2", "line 3: a second YAML document");
  check_refused("a: [1, 2", "not YAML");
  check_refused("a: \"\\\xc3\xa9\"", "not YAML: unknown escape character: \uFFFD");
  check_refused("a: 1\n  b: 2", "line 2");
  check_refused("? [a]\n: b", "a key must be text");
  check_refused("~: b", "quote it");
  check_refused("a: !custom 1", "the tag `!custom`");
  check_refused("a: !!int '1'", "tag");
  check_refused("x: &x {a: 1}\ny:\n  <<: *x", "line 3, /y: merge keys");
  check_refused("x: 1\ny: \"a\\_b\"", "line 2, /y: the escapes `\\N` and `\\_`");
  check_refused("a: \"\xff\xfe\"", "not UTF-8");
  check_refused("ok: 1\na: \xc0\x80", "line 2: the text is not UTF-8");
  check_refused("a: \xed\xa0\x80", "not UTF-8");
  check_refused("{\"a\": 1,\n \"b\" 2}", "line 2: this is not JSON");
  check_refused(R"({"a": 5e999, "b": "\q"})",
                "line 1: this is not JSON: number overflow parsing '5e999'; nor YAML: ");
}

TEST_CASE("JSON escapes are read as JSON has them") {
  CHECK(read(R"({"a": "\ud83d\ude00\/\u00e4"})")["a"] == "\xF0\x9F\x98\x80/\xC3\xA4");
  check_refused(R"({"a": "\ud83d"})", "not JSON");
}

TEST_CASE("YAML in braces is read though it is no JSON") {
  CHECK(read("{a: 1, b: [x]}") == Json::parse(R"({"a": 1, "b": ["x"]})"));
}

TEST_CASE("nesting, size and keys are limited") {
  ParseLimits limits;
  limits.max_depth = 4;
  CHECK(refusal("a: {b: {c: [1]}}", limits).empty());
  check_refused("a:\n  b: {c: [[1]]}", "line 2, /a/b/c/0: values are nested more than 4 deep",
                limits);
  check_refused(R"({"a": {"b": {"c": [[1]]}}})", "nested more than 4 deep", limits);
  check_refused("a: " + std::string(100, '[') + std::string(100, ']'), "nested more than 64 deep");
  check_refused("{\"a\":" + std::string(100'000, '['), "nested more than 64 deep");
  limits.max_bytes = 10;
  check_refused("a: 12345678", "the document has 11 bytes; at most 10 are allowed", limits);
  check_refused("\"" + std::string(300, 'k') + "\": 1", "longer than 256 bytes");
}

TEST_CASE("each value knows its line") {
  const auto document = read_document("a: 1\nb:\n  - x\n  - c~d/e:\n      f: 2\n", {});
  REQUIRE(document);
  CHECK(document->lines.line_of("") == 1);
  CHECK(document->lines.line_of("/a") == 1);
  CHECK(document->lines.line_of("/b") == 2);
  CHECK(document->lines.line_of("/b/0") == 3);
  CHECK(document->lines.line_of("/b/1/c~0d~1e/f") == 5);
  CHECK(document->lines.line_of("/b/1/c~0d~1e/absent/deeper") == 4);
  CHECK(document->lines.line_of("/b/7") == 2);
}

TEST_CASE("JSON knows the lines of its values too") {
  const auto document =
      read_document("{\n\"a\": 1,\n\"b\": [\n1\n,\n\"x\",\n{\"c\": true}\n]\n}", {});
  REQUIRE(document);
  CHECK(document->lines.line_of("/a") == 2);
  CHECK(document->lines.line_of("/b") == 3);
  CHECK(document->lines.line_of("/b/0") == 4);
  CHECK(document->lines.line_of("/b/1") == 6);
  CHECK(document->lines.line_of("/b/2/c") == 7);
}

}  // namespace endure::workflow::test
