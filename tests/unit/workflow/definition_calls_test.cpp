// Calls by other protocols, authentication and secrets: what is read and what is refused.
#include <algorithm>

#include "tests/support/definitions.hpp"

namespace endure::workflow::test {
namespace {

template <class Body>
const Body& body_of(const Definition& definition, TaskId id) {
  const auto* body = std::get_if<Body>(&definition.task(id).body);
  REQUIRE(body != nullptr);
  return *body;
}

const Json& constant_of(const Template& tmpl) {
  const auto* value = std::get_if<Value>(&tmpl.node);
  REQUIRE(value != nullptr);
  return value->json();
}

std::vector<Problem> all_problems(const std::string& text) {
  const auto parsed = parse(text);
  INFO(text);
  REQUIRE_FALSE(parsed);
  return parsed.error();
}

bool names(const std::vector<Problem>& problems, const std::string& pointer,
           const std::string& what) {
  return std::any_of(problems.begin(), problems.end(), [&](const Problem& problem) {
    return problem.pointer == pointer && problem.what.find(what) != std::string::npos;
  });
}

// One problem at `pointer`, whose words hold `what`.
void refused(const std::string& text, const std::string& pointer, const std::string& what) {
  const auto problems = all_problems(text);
  for (const auto& problem : problems) UNSCOPED_INFO(to_string(problem));
  INFO(pointer << ": " << what);
  CHECK(names(problems, pointer, what));
}

std::string http_with(const std::string& authentication) {
  return with_tasks(
      "- a: {call: http, with: {method: get, endpoint: {uri: 'http://x', "
      "authentication: " +
      authentication + "}}}\n");
}

const std::string at_authentication = "/do/0/a/with/endpoint/authentication";

}  // namespace

TEST_CASE("a call of openapi is read into what its step carries") {
  const auto definition = must_parse(with_tasks(
      "- a: {call: openapi, with: {document: {endpoint: 'http://x/{v}'}, operationId: get, "
      "parameters: {id: '${ .id }'}, output: raw, redirect: true}}\n"));
  const auto& call = body_of<CallProtocolTask>(*definition, 1);
  CHECK(call.protocol == CallProtocolTask::Protocol::openapi);
  CHECK(call.queue == "endure.http");
  REQUIRE(call.endpoints.size() == 1);
  CHECK(call.endpoints[0].first == "document");
  CHECK(constant_of(call.endpoints[0].second.uri) == "http://x/{v}");
  refused(with_tasks("- a: {call: openapi}\n"), "/do/0/a", "needs `with`");
  refused(with_tasks("- a: {call: openapi, with: {operationId: x}}\n"), "/do/0/a/with", "document");
  refused(with_tasks("- a: {call: openapi, with: {document: {endpoint: 'http://x'}}}\n"),
          "/do/0/a/with", "operationId");
  refused(with_tasks("- a: {call: openapi, with: {document: {endpoint: 'ftp://x'}, operationId: x, "
                     "outputs: raw}}\n"),
          "/do/0/a/with/outputs", "output");
}

TEST_CASE("a call of mcp has one transport; a program goes to its own queue") {
  const auto definition = must_parse(with_tasks(
      "- a: {call: mcp, with: {method: tools/call, parameters: {name: x}, timeout: PT5S, "
      "transport: {stdio: {command: npx, arguments: [a], environment: {K: v}}}}}\n"
      "- b: {call: mcp, with: {method: tools/list, transport: {http: {endpoint: 'http://x', "
      "headers: {A: b}}}, client: {name: n, version: '1'}}}\n"));
  CHECK(body_of<CallProtocolTask>(*definition, 1).queue == "endure.mcp");
  CHECK(body_of<CallProtocolTask>(*definition, 2).queue == "endure.http");
  CHECK(body_of<CallProtocolTask>(*definition, 2).endpoints.at(0).first == "endpoint");
  refused(with_tasks("- a: {call: mcp, with: {method: tools/call, transport: {}}}\n"),
          "/do/0/a/with/transport", "exactly one of http, stdio");
  refused(with_tasks("- a: {call: mcp, with: {method: tools/calls, transport: {stdio: {command: "
                     "x}}}}\n"),
          "/do/0/a/with/method", "tools/call");
  refused(with_tasks("- a: {call: mcp, with: {method: tools/list, parameters: text, transport: "
                     "{stdio: {command: x}}}}\n"),
          "/do/0/a/with/parameters", "plain text");
}

TEST_CASE("a call of a2a names a card or a server") {
  const auto definition = must_parse(with_tasks(
      "- a: {call: a2a, with: {method: message/send, agentCard: {endpoint: 'http://x'}, server: "
      "'http://ignored', parameters: {message: {parts: []}}}}\n"
      "- b: {call: a2a, with: {method: tasks/get, server: {uri: 'http://y'}, parameters: '${ . "
      "}'}}\n"));
  const auto& a = body_of<CallProtocolTask>(*definition, 1);
  REQUIRE(a.endpoints.size() == 1);
  CHECK(a.endpoints[0].first == "agentCard");
  CHECK(body_of<CallProtocolTask>(*definition, 2).endpoints.at(0).first == "server");
  refused(with_tasks("- a: {call: a2a, with: {method: tasks/get}}\n"), "/do/0/a/with",
          "`agentCard` or `server`");
}

TEST_CASE("a call of asyncapi publishes or subscribes") {
  const std::string start = "- a: {call: asyncapi, with: {document: {endpoint: 'http://x'}, ";
  const auto publish =
      must_parse(with_tasks(start + "operation: o, server: {name: s, variables: {v: 1}}, message: "
                                    "{payload: {a: 1}, headers: {h: x}}}}\n"));
  CHECK(body_of<CallProtocolTask>(*publish, 1).protocol == CallProtocolTask::Protocol::asyncapi);
  const auto subscribe = must_parse(
      with_tasks(start + "channel: /c, subscription: {filter: .a, consume: {amount: 5, for: "
                         "PT10S}, foreach: {item: m, do: [{b: {set: {x: '${ $m }'}}}]}}}}\n"));
  const auto& body = body_of<SubscribeTask>(*subscribe, 1);
  CHECK(body.amount == 5);
  CHECK(std::get<std::int64_t>(body.for_->ms_or_template) == 10'000);
  REQUIRE(body.each);
  CHECK(body.each->item == "m");
  CHECK(body.each->body);
  refused(with_tasks(start + "message: {}}}\n"), "/do/0/a/with", "exactly one of channel");
  refused(with_tasks(start + "operation: o}}\n"), "/do/0/a/with", "message and subscription");
  refused(with_tasks(start + "operation: o, subscription: {consume: {amount: 1, until: .x}}}}\n"),
          "/do/0/a/with/subscription/consume", "one of amount, while, until");
  refused(with_tasks(start + "operation: o, protocol: htp, message: {}}}\n"),
          "/do/0/a/with/protocol", "`http`");
}

TEST_CASE("every scheme of authentication is read, and its members are checked") {
  must_parse(http_with("{digest: {username: a, password: '${ .p }'}}"));
  must_parse(
      http_with("{oauth2: {authority: 'http://a', grant: client_credentials, client: {id: "
                "i, secret: s}, scopes: [x], audiences: ['${ .a }']}}"));
  must_parse(
      http_with("{oidc: {authority: 'http://a', grant: password, username: u, password: p, "
                "client: {authentication: none}}}"));
  refused(http_with("{digest: {username: a}}"), at_authentication + "/digest", "password");
  refused(http_with("{oauth2: {grant: password, authority: 'http://a', client: {id: i}}}"),
          at_authentication + "/oauth2", "`username`");
  refused(http_with("{oauth2: {grant: client_credentials, authority: 'http://a'}}"),
          at_authentication + "/oauth2", "`client.id` is missing");
  refused(http_with("{oidc: {grant: client_credentials, authority: 'http://a', client: {id: i}, "
                    "endpoints: {token: /t}}}"),
          at_authentication + "/oidc/endpoints", "is not known");
  refused(http_with("{oauth2: {grant: refresh_token, authority: 'http://a', client: {id: i}}}"),
          at_authentication + "/oauth2", "`subject`");
  refused(http_with("{oauth2: {grant: client_credentials, authority: 'http://a', client: {id: i, "
                    "authentication: private_key_jwt}}}"),
          at_authentication + "/oauth2/client", "`assertion`");
  refused(http_with("{basic: {username: a, password: b}, bearer: {token: c}}"), at_authentication,
          "exactly one");
}

TEST_CASE("secrets are declared, and used one by one") {
  const std::string use = "use: {secrets: [mine, other.one]}\n";
  must_parse(http_with("{basic: {use: mine}}") + use);
  const auto definition = must_parse(
      with_tasks("- a: {set: {x: '${ $secrets.mine.user }', y: '${ $secrets[\"other.one\"] }', z: "
                 "'${ \"Bearer \" + $secrets.mine.token }'}}\n") +
      use);
  CHECK(definition->secrets == std::vector<std::string>{"mine", "other.one"});
  refused(http_with("{bearer: {use: mein}}") + use, at_authentication + "/bearer/use",
          "did you mean `mine`");
  const auto set = [&](const std::string& expression) {
    return with_tasks("- a: {set: {x: '${ " + expression + " }'}}\n") + use;
  };
  refused(set("$secrets.minee"), "/do/0/a/set/x", "not declared");
  refused(set("$secrets | keys"), "/do/0/a/set/x", "one by one");
  refused(set("$secrets[.name]"), "/do/0/a/set/x", "one by one");
  refused(set("[$secrets.mine, $secrets.mine.user]"), "/do/0/a/set/x", "a part of it");
  refused(with_tasks("- a: {set: {x: '${ $secrets.mine }'}}\n"), "/do/0/a/set/x",
          "list it under `use.secrets`");
  refused(with_tasks("") + "use: {secrets: ['../etc', a, a]}\n", "/use/secrets/0",
          "cannot name a secret");
  refused(with_tasks("") + "use: {secrets: ['../etc', a, a]}\n", "/use/secrets/2", "twice");
}

TEST_CASE("the method of an HTTP call may be an expression") {
  const auto definition = must_parse(
      with_tasks("- a: {call: http, with: {method: '${ .m }', endpoint: 'http://x'}}\n"));
  const auto& call = body_of<CallHttpTask>(*definition, 1);
  CHECK(call.method.empty());
  CHECK(std::get<Expression>(call.method_from.node).text == ".m");
}

}  // namespace endure::workflow::test
