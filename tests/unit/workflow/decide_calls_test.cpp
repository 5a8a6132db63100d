// Calls of openapi, mcp, a2a and asyncapi: their steps, and how a subscription goes on.
#include "tests/support/catch.hpp"
#include "tests/unit/workflow/decide_driver.hpp"

namespace endure::workflow::test {
namespace {

Json messages(std::initializer_list<Json> payloads, const Json& cursor = nullptr,
              bool closed = false) {
  Json list = Json::array();
  for (const auto& payload : payloads) list.push_back({{"payload", payload}});
  return {{"messages", list}, {"cursor", cursor}, {"closed", closed}};
}

const Json& arguments_of(const Driver& flow) {
  REQUIRE(flow.steps.size() == 1);
  return flow.steps.begin()->second.arguments;
}

std::string subscription(const std::string& rest) {
  return "- s: {call: asyncapi, with: {document: {endpoint: 'http://x/doc'}, operation: o, "
         "subscription: {" +
         rest + "}}}\n";
}

}  // namespace

TEST_CASE("a call of openapi carries its document, operation and parameters") {
  Driver flow(R"(
- a:
    call: openapi
    with:
      document: {endpoint: {uri: 'http://x/{v}/api.json', authentication: {bearer: {token: t}}}}
      operationId: getPet
      parameters: {id: '${ .id }', v: 1}
      authentication: {basic: {username: u, password: '${ .p }'}}
      output: response
    output: {as: .content}
)");
  flow.start({{"v", "v2"}, {"id", 7}, {"p", "pass"}});
  CHECK(flow.step_on("endure.http") != 0);
  CHECK(
      arguments_of(flow) ==
      Json({{"call", "openapi"},
            {"document",
             {{"uri", "http://x/v2/api.json"}, {"authentication", {{"bearer", {{"token", "t"}}}}}}},
            {"operationId", "getPet"},
            {"parameters", {{"id", 7}, {"v", 1}}},
            {"authentication", {{"basic", {{"username", "u"}, {"password", "pass"}}}}},
            {"output", "response"}}));
  flow.complete("endure.http", {{"content", "pet"}});
  CHECK(flow.output() == "pet");
}

TEST_CASE("the authority of oauth2 is a URI template where it stands literally") {
  const std::string task =
      "- a: {call: http, with: {method: get, endpoint: {uri: 'http://x', authentication: {oauth2: "
      "{authority: $A, grant: client_credentials, client: {id: '${ .id }'}}}}}}\n";
  const auto authority = [&](const std::string& text) {
    std::string filled = task;
    filled.replace(filled.find("$A"), 2, text);
    Driver flow(filled);
    flow.start({{"realm", "r 1"}, {"id", "i"}, {"url", "http://a/{realm}"}});
    return arguments_of(flow).at("authentication").at("oauth2").at("authority");
  };
  CHECK(authority("'http://a/{realm}'") == "http://a/r%201");
  CHECK(authority("'${ .url }'") == "http://a/{realm}");
}

TEST_CASE("a call of mcp to a program goes to the queue of programs") {
  Driver flow(
      "- a: {call: mcp, with: {method: tools/call, parameters: {name: '${ .tool }'}, transport: "
      "{stdio: {command: npx, arguments: ['${ .tool }']}}}}\n");
  flow.start({{"tool", "echo"}});
  CHECK(flow.step_on("endure.mcp") != 0);
  CHECK(arguments_of(flow) == Json({{"call", "mcp"},
                                    {"method", "tools/call"},
                                    {"parameters", {{"name", "echo"}}},
                                    {"stdio", {{"command", "npx"}, {"arguments", {"echo"}}}}}));
}

TEST_CASE("a subscription takes messages until it has as many as it wants") {
  Driver flow(subscription("filter: '.payload.keep', consume: {amount: 2}"));
  flow.start();
  CHECK(arguments_of(flow).at("subscription") ==
        Json({{"cursor", nullptr}, {"deadline", nullptr}, {"amount", 2}}));
  flow.complete("endure.http", messages({{{"keep", true}, {"n", 1}}, {{"keep", false}}}, "c1"));
  REQUIRE(flow.phase() == Phase::running);
  CHECK(arguments_of(flow).at("subscription") ==
        Json({{"cursor", "c1"}, {"deadline", nullptr}, {"amount", 1}}));
  flow.complete("endure.http",
                messages({{{"keep", true}, {"n", 2}}, {{"keep", true}, {"n", 3}}}, "c2"));
  REQUIRE(flow.phase() == Phase::completed);
  REQUIRE(flow.output().size() == 2);
  CHECK(flow.output().at(1).at("payload").at("n") == 2);
}

TEST_CASE("a subscription ends at its deadline, or when there is nothing more") {
  Driver late(subscription("consume: {amount: 9, for: PT10S}"));
  late.start();
  CHECK(arguments_of(late).at("subscription").at("deadline") ==
        late.snapshot().created.ms + 10'000);
  late.decision.now = late.decision.now + 10'000;
  late.complete("endure.http", messages({1}));
  REQUIRE(late.phase() == Phase::completed);
  CHECK(late.output().size() == 1);

  Driver closed(subscription("consume: {while: 'true', for: PT10S}"));
  closed.start();
  closed.complete("endure.http", messages({}, nullptr, true));
  REQUIRE(closed.phase() == Phase::completed);
  CHECK(closed.output() == Json::array());
}

TEST_CASE("the tasks of foreach run for one message after the other") {
  Driver flow(subscription(
      "consume: {until: '($context.seen | length) == 3'}, foreach: {item: m, at: i, do: [{work: "
      "{call: handle, with: {n: '${ $m.payload }', i: '${ $i }'}}}], output: {as: '${ .r }'}, "
      "export: {as: '${ {seen: (($context.seen // []) + [.])} }'}}"));
  flow.start();
  flow.complete("endure.http", messages({10, 11}, "c"));
  CHECK(flow.step_on("endure.http") == 0);
  CHECK(arguments_of(flow) == Json({{"n", 10}, {"i", 0}}));
  flow.complete("handle", {{"r", "a"}});
  CHECK(arguments_of(flow) == Json({{"n", 11}, {"i", 1}}));
  flow.complete("handle", {{"r", "b"}});
  flow.complete("endure.http", messages({12, 13}));
  flow.complete("handle", {{"r", "c"}});
  REQUIRE(flow.phase() == Phase::completed);  // the fourth is not handled
  CHECK(flow.output() == Json({"a", "b", "c"}));
  CHECK(flow.snapshot().context == Value(Json{{"seen", {"a", "b", "c"}}}));
}

TEST_CASE("an error of a message's tasks, or of the call, is the task's") {
  std::string inner = subscription(
      "consume: {amount: 1}, foreach: {do: [{x: {raise: {error: {type: 'https://a/b', status: "
      "400}}}}]}");
  inner = "{" + inner.substr(2, inner.size() - 3) + "}";
  Driver flow("- t: {try: [" + inner +
              "], catch: {as: e, do: [{c: {set: {type: '${ $e.type }'}}}]}}\n");
  flow.start();
  flow.complete("endure.http", messages({1}));
  REQUIRE(flow.phase() == Phase::completed);
  CHECK(flow.output() == Json({{"type", "https://a/b"}}));
}

}  // namespace endure::workflow::test
