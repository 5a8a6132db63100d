#include <functional>
#include <random>

#include "tests/unit/workflow/expression_support.hpp"

using namespace endure;
using namespace endure::workflow;
using namespace endure::workflow::testing;

namespace {

Expression::Kind kind_of(const std::string& text) {
  const auto expression = expressions().compile(text);
  INFO(text << ": " << (expression ? "" : expression.error().what));
  REQUIRE(expression);
  return expression->kind;
}

std::vector<std::string> path_of(const std::string& text) {
  const auto expression = expressions().compile(text);
  REQUIRE(expression);
  REQUIRE(expression->kind == Expression::Kind::path);
  return expression->path;
}

using Keys = std::vector<std::string>;

}  // namespace

TEST_CASE("paths of keys need no jq") {
  CHECK(path_of(".").empty());
  CHECK(path_of(" . ").empty());
  CHECK(path_of(".a") == Keys{"a"});
  CHECK(path_of(".a.b_2.C") == Keys{"a", "b_2", "C"});
  CHECK(path_of(".[\"a b\"]") == Keys{"a b"});
  CHECK(path_of(".[\"a\"][\"b\"].c") == Keys{"a", "b", "c"});
  CHECK(path_of(".\"a-b\".c") == Keys{"a-b", "c"});
  CHECK(path_of(".a.\"b\"") == Keys{"a", "b"});
  CHECK(path_of(".and.if") == Keys{"and", "if"});
  CHECK(path_of(".[\"\"]") == Keys{""});
}

TEST_CASE("variables and paths into them need no jq") {
  const auto whole = expressions().compile("$context");
  REQUIRE(whole);
  CHECK(whole->kind == Expression::Kind::path);
  CHECK(whole->variable == "context");
  CHECK(whole->path.empty());
  const auto part = expressions().compile("$task.definition[\"with\"]");
  REQUIRE(part);
  CHECK(part->kind == Expression::Kind::path);
  CHECK(part->variable == "task");
  CHECK(part->path == Keys{"definition", "with"});
}

TEST_CASE("JSON literals are constants") {
  for (const auto* text :
       {"1", "-2.5", "\"x\"", "true", "false", "null", "[1, 2]", "{\"a\": [{}]}"}) {
    const auto expression = expressions().compile(text);
    REQUIRE(expression);
    CHECK(expression->kind == Expression::Kind::constant);
    CHECK(expression->constant.json() == Json::parse(text));
  }
}

TEST_CASE("what is no plain path or literal is a program") {
  for (const auto* text : {".[0]", ".a?", ".a[]", "..", ".a | .b", ".[\"a\\nb\"]", "\"\\(1)\"",
                           "[.a]", "{a: 1}", "$__loc__", "1 + 1", "-(1)", ".[\"a\" + \"b\"]"}) {
    CHECK(kind_of(text) == Expression::Kind::program);
  }
}

TEST_CASE("what jq does not accept does not compile") {
  for (const auto* text :
       {"",        "   ",  ".a.",         ".a.[\"b\"]", "$",          "$and",           ".[",
        ".a b",    "1 <",  "{a: }",       "..a",        "[1,",        "\"open",         "nope",
        "nope(1)", "$x y", ".a as x | 1", "1 < 2 < 3",  "{a: 1 + 2}", "if . then 1 end"}) {
    INFO(text);
    const auto expression = expressions().compile(text);
    REQUIRE_FALSE(expression);
    CHECK(expression.error().code == Code::invalid);
    CHECK_FALSE(expression.error().what.empty());
  }
}

TEST_CASE("a compiler's message is one line without the command line's trimmings") {
  const auto expression = expressions().compile("1 +\n foo(2)");
  REQUIRE_FALSE(expression);
  CHECK(expression.error().what == "foo/1 is not defined in line 2");
}

TEST_CASE("a path gives null for what is missing and an error for what cannot be indexed") {
  const std::string input = R"({"a": {"b": 1, "n": null}, "s": "x", "l": [1], "t": true})";
  CHECK(eval(".a.b", input) == "1");
  CHECK(eval(".a.x.y", input) == "null");
  CHECK(eval(".a.n.x", input) == "null");
  CHECK(eval(".s.x", input) == "error: Cannot index string with string \"x\"");
  CHECK(eval(".l.x", input) == "error: Cannot index array with string \"x\"");
  CHECK(eval(".t.x", input) == "error: Cannot index boolean with string \"x\"");
  CHECK(eval(".s.a_key_that_is_longer_than_thirty_bytes", input) ==
        "error: Cannot index string with string");
}

TEST_CASE("a variable that is not in scope is an error") {
  CHECK(eval("$nope") == "error: $nope is not defined here");
  CHECK(eval("$nope.a") == "error: $nope is not defined here");
  CHECK(eval("[$nope[]]") == "error: $nope is not defined in line 1");
}

TEST_CASE("integers pass through paths and constants exactly, however large") {
  const std::string input =
      R"({"id": 9223372036854775807, "u": 18446744073709551615, "n": -9223372036854775808})";
  CHECK(eval(".id", input) == "9223372036854775807");
  CHECK(eval(".u", input) == "18446744073709551615");
  CHECK(eval(".n", input) == "-9223372036854775808");
  CHECK(eval("9223372036854775807") == "9223372036854775807");
  CHECK(eval("{id: .id}", input) == R"({"id":9223372036854775807})");
  CHECK(eval("\"post-\\(.id)\"", input) == R"("post-9223372036854775807")");
}

TEST_CASE("a program that would round an integer is refused") {
  const std::string input = R"({"id": 9007199254740993})";
  CHECK(eval(".id + 1", input) ==
        "error: . contains the integer 9007199254740993, which jq cannot hold exactly (its numbers "
        "are doubles, "
        "exact up to 2^53); pass it as a string");
  CHECK(eval(".id == 9007199254740992", input).rfind("error: . contains the integer", 0) == 0);
  CHECK(eval("[.[]]", input).rfind("error: . contains the integer", 0) == 0);
  CHECK(eval(". + 9007199254740993", "1").rfind("error: jq cannot hold the integer", 0) == 0);
  CHECK(eval("90071992547409931234").rfind("error: jq cannot hold the integer", 0) == 0);
  CHECK(eval("{\"a\": [-90071992547409931234]}").rfind("error: jq cannot hold", 0) == 0);
  CHECK(eval("[.[]]", R"({"id": 9007199254740992})") == "[9007199254740992]");
  CHECK(eval("[.[]]", R"({"id": -9007199254740992})") == "[-9007199254740992]");
  Scope scope;
  scope.variables = {{"context", Value(Json{{"id", 9007199254740993}})}};
  CHECK(outcome(expressions(), "[$context[]]", scope)
            .rfind("error: $context contains the integer", 0) == 0);
  CHECK(outcome(expressions(), "[.]", scope) == "[null]");  // it does not see $context
}

TEST_CASE("whole numbers come back from jq as integers") {
  CHECK(eval("[.[] * 2]", "[1, 1.5, 4503599627370496]") == "[2,3,9007199254740992]");
  CHECK(eval("[.[] / 2]", "[1, 4]") == "[0.5,2]");
  CHECK(eval("[.[] * 10]", "[9007199254740992]") == "[9.007199254740992e+16]");
}

TEST_CASE("random paths over random documents give what libjq gives") {
  std::mt19937 random(20260131);  // NOLINT: the same documents every time
  const auto pick = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  const Keys names = {"a", "b", "if", "x y", "_z"};
  const std::function<Json(int)> document = [&](int level) -> Json {
    switch (pick(level > 3 ? 5 : 9)) {
      case 0: return nullptr;
      case 1: return pick(2) == 0;
      case 2: return static_cast<int>(pick(1000)) - 500;
      case 3: return pick(100) / 8.0;
      case 4: return "text";
      case 5: return Json::array({document(level + 1), 1});
      default: {
        Json object = Json::object();
        for (const auto& name : names) {
          if (pick(3) != 0) object[name] = document(level + 1);
        }
        return object;
      }
    }
  };
  int errors = 0;
  for (int i = 0; i < 60; ++i) {
    std::string text = pick(3) == 0 ? "$v" : ".";
    const bool root = text == ".";
    for (unsigned steps = pick(5), n = 0; n < steps; ++n) {
      const std::string& name = names[pick(5)];
      const bool first = root && n == 0;
      if (name == "x y" || pick(3) == 0) {
        text += first || pick(2) == 0 ? "[\"" + name + "\"]" : ".\"" + name + "\"";
      } else {
        text += (first ? "" : ".") + name;
      }
    }
    const auto path = expressions().compile(text);
    REQUIRE(path);
    REQUIRE(path->kind == Expression::Kind::path);
    for (int n = 0; n < 20; ++n) {
      const Scope scope{Value(document(0)), {{"v", Value(document(0))}}};
      INFO(text << " of " << scope.input.json() << ", $v " << scope.find("v")->json());
      const auto ours = expressions().evaluate(*path, scope);
      const auto theirs = only_libjq().evaluate(as_program(text), scope);
      REQUIRE(ours.has_value() == theirs.has_value());
      if (ours) {
        CHECK(*ours == *theirs);
      } else {
        ++errors;
        CHECK(ours.error().what == theirs.error().what);
      }
    }
  }
  CHECK(errors > 20);  // the documents are not too tame
}
