#include "tests/unit/workflow/expression_support.hpp"

using namespace endure;
using namespace endure::workflow;
using namespace endure::workflow::testing;

namespace {

std::string rendered(const Json& json, const Scope& scope) {
  const auto tmpl = parse_template(json, "", expressions());
  if (!tmpl) return "error at " + tmpl.error().where + ": " + tmpl.error().what;
  const auto value = render(*tmpl, scope, expressions());
  return value ? value->json().dump() : "error: " + value.error().what;
}

}  // namespace

TEST_CASE("only a string that is one expression as a whole is an expression") {
  CHECK(is_expression_text("${ .a }"));
  CHECK(is_expression_text("  ${.a}\n"));
  CHECK(is_expression_text("${}"));
  CHECK_FALSE(is_expression_text(".a"));
  CHECK_FALSE(is_expression_text("hello ${ .a }"));
  CHECK_FALSE(is_expression_text("${ .a } there"));
  CHECK_FALSE(is_expression_text("$"));
  CHECK_FALSE(is_expression_text("${"));
  CHECK_FALSE(is_expression_text(""));
}

TEST_CASE("stripping takes the braces off and leaves a bare expression alone") {
  CHECK(strip_expression("${ .a.b }") == ".a.b");
  CHECK(strip_expression(" .a.b ") == ".a.b");
  CHECK(strip_expression("${ {a: 1} }") == "{a: 1}");
  CHECK(strip_expression("${}").empty());
  CHECK(strip_expression("").empty());
}

TEST_CASE("a template renders its expressions and keeps all else") {
  const Scope scope = scope_of(R"({"post": {"id": 7, "text": "hi"}})");
  CHECK(rendered(Json::parse(R"({"id": "${ .post.id }", "x": [1, "${ .post.text }", null]})"),
                 scope) == R"({"id":7,"x":[1,"hi",null]})");
  CHECK(rendered("${ .post }", scope) == R"({"id":7,"text":"hi"})");
  CHECK(rendered("plain .post", scope) == R"("plain .post")");
  CHECK(rendered(Json::object(), scope) == "{}");
  CHECK(rendered(Json::parse(R"({"a": {"b": "${ .missing }"}})"), scope) == R"({"a":{"b":null}})");
}

TEST_CASE("a template without expressions is one shared constant") {
  const auto tmpl = parse_template(Json::parse(R"({"a": [1, {"b": "c"}]})"), "", expressions());
  REQUIRE(tmpl);
  REQUIRE(std::holds_alternative<Value>(tmpl->node));
  const auto once = render(*tmpl, Scope{}, expressions());
  const auto twice = render(*tmpl, Scope{}, expressions());
  REQUIRE((once && twice));
  CHECK(&once->json() == &twice->json());
}

TEST_CASE("constant expressions among constants are evaluated") {
  const auto json = Json::parse(R"({"a": "${ 5 }", "b": ["${ null }", "${ [1, {}] }"], "c": "x"})");
  CHECK(rendered(json, Scope{}) == R"({"a":5,"b":[null,[1,{}]],"c":"x"})");
  const auto loose = parse_template(Json::parse(R"({"a": ["5", "five"]})"), "", expressions(),
                                    ExpressionMode::loose);
  REQUIRE(loose);
  CHECK(render(*loose, Scope{}, expressions())->json().dump() == R"({"a":[5,"five"]})");
}

TEST_CASE("text that an expression returns is never evaluated") {
  const Scope scope = scope_of(R"({"evil": "${ .secret }", "secret": 1})");
  CHECK(rendered(Json::parse(R"({"a": "${ .evil }"})"), scope) == R"({"a":"${ .secret }"})");
}

TEST_CASE("an error in a template says where it stands") {
  CHECK(rendered(Json::parse(R"({"a": [1, {"b/c~d": "${ 1 + }"}]})"), Scope{})
            .rfind("error at /a/1/b~1c~0d: syntax error", 0) == 0);
  const auto below = parse_template("${ nope }", "/do/0/x/with", expressions());
  REQUIRE_FALSE(below);
  CHECK(below.error().where == "/do/0/x/with");
  CHECK(below.error().code == Code::invalid);
}

TEST_CASE("a template whose expression fails gives the expression's error") {
  CHECK(rendered(Json::parse(R"({"a": "${ .b.c }"})"), scope_of(R"({"b": 1})")) ==
        "error: Cannot index number with string \"c\"");
}

TEST_CASE("only false and null are false") {
  CHECK_FALSE(is_true(Value()));
  CHECK_FALSE(is_true(Value(false)));
  CHECK(is_true(Value(true)));
  CHECK(is_true(Value(Json(0))));
  CHECK(is_true(Value("")));
  CHECK(is_true(Value(Json::array())));
  CHECK(is_true(Value(Json::object())));
}

TEST_CASE("later variables hide earlier ones of the same name") {
  Scope scope;
  scope.variables = {{"a", Value(1)}, {"b", Value(2)}, {"a", Value(3)}};
  REQUIRE(scope.find("a") != nullptr);
  CHECK(scope.find("a")->json() == 3);
  CHECK(scope.find("b")->json() == 2);
  CHECK(scope.find("c") == nullptr);
  CHECK(outcome(expressions(), "$a", scope) == "3");
  CHECK(outcome(expressions(), "[$a, $b] | map(. * 2)", scope) == "[6,4]");
}
