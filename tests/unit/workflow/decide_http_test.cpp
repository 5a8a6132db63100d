// call of http: the request that its step carries.
#include "tests/support/catch.hpp"
#include "tests/unit/workflow/decide_driver.hpp"
#include "workflow/interpreter/uri_template.hpp"

namespace endure::workflow::test {
namespace {

Json request_of(const std::string& with, Json input) {
  Driver flow("- get: {call: http, with: {" + with + "}}");
  flow.start(std::move(input));
  REQUIRE(flow.steps.size() == 1);
  CHECK(flow.steps.begin()->second.queue == "endure.http");
  return flow.steps.begin()->second.arguments;
}

TEST_CASE("an http call is a step with the whole request, and its result the output") {
  Driver flow(R"(
- get:
    call: http
    with:
      method: post
      endpoint: {uri: 'https://pets.example/{id}?q={q}', authentication: {bearer: {token: '${ .token }'}}}
      headers: {X-Trace: '${ .trace }'}
      query: {limit: 5}
      body: {name: '${ .name }'}
      output: response
    output: {as: .content}
)");
  flow.start({{"id", "a b/ü"}, {"q", 3}, {"token", "secret"}, {"trace", "t1"}, {"name", "milou"}});
  const auto& request = flow.steps.begin()->second.arguments;
  CHECK(request.at("method") == "POST");
  CHECK(request.at("uri") == "https://pets.example/a%20b%2F%C3%BC?q=3");
  CHECK(request.at("headers") == Json({{"X-Trace", "t1"}}));
  CHECK(request.at("query") == Json({{"limit", 5}}));
  CHECK(request.at("body") == Json({{"name", "milou"}}));
  CHECK(request.at("output") == "response");
  CHECK(request.at("redirect") == false);
  CHECK(request.at("authentication").dump().find("secret") != std::string::npos);
  flow.complete("endure.http", {{"statusCode", 200}, {"content", {{"id", 1}}}});
  CHECK(flow.output() == Json({{"id", 1}}));
}

TEST_CASE("a request without body and authentication has none") {
  const auto request = request_of("method: get, endpoint: 'https://pets.example/1'", nullptr);
  CHECK_FALSE(request.contains("body"));
  CHECK_FALSE(request.contains("authentication"));
  CHECK(request.at("output") == "content");
}

TEST_CASE("braces in what an expression gives are no variables") {
  const auto request = request_of("method: get, endpoint: '${ .url }'",
                                  {{"url", "https://x/{secret}"}, {"secret", "s"}});
  CHECK(request.at("uri") == "https://x/{secret}");
}

TEST_CASE("an endpoint that is no text, or is filled with a structure, faults") {
  Driver number("- get: {call: http, with: {method: get, endpoint: '${ 5 }'}}");
  number.start();
  CHECK(number.phase() == Phase::faulted);
  Driver object("- get: {call: http, with: {method: get, endpoint: 'https://x/{o}'}}");
  object.start({{"o", {{"a", 1}}}});
  CHECK(object.phase() == Phase::faulted);
  CHECK(object.fault().status == 400);
  CHECK(object.fault().instance == "/do/0/get");
}

TEST_CASE("URI templates are filled from top-level members alone") {
  using interpreter::expand_uri;
  CHECK(*expand_uri("/{a}/{b.c}/{none}/x", {{"a", true}, {"b.c", 1.5}}) == "/true/1.5//x");
  CHECK(*expand_uri("/{a}", {{"a", nullptr}}) == "/");
  CHECK(*expand_uri("/{open", {{"open", 1}}) == "/{open");
  CHECK(*expand_uri("/{a}", Json("text")) == "/");
  CHECK_FALSE(expand_uri("/{a}", {{"a", Json::array()}}));
}

}  // namespace
}  // namespace endure::workflow::test
