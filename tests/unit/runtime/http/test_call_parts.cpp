// OAuth, server-sent events, JSON-RPC and AsyncAPI documents, without a network.
#include "base/sha256.hpp"
#include "runtime/calls/a2a.hpp"
#include "runtime/calls/asyncapi_document.hpp"
#include "runtime/calls/authorizer.hpp"
#include "runtime/calls/json_rpc.hpp"
#include "runtime/calls/oauth.hpp"
#include "runtime/calls/sse.hpp"
#include "tests/support/catch.hpp"

using namespace endure;
using namespace endure::calls;

namespace {

Json policy(Json more = Json::object()) {
  Json json{{"authority", "https://id.example/realm/"},
            {"grant", "client_credentials"},
            {"client", {{"id", "me"}, {"secret", "s&1"}}}};
  json.update(more);
  return json;
}

Request token_request_of(const Json& json) {
  auto request = token_request(json, "https://id.example/token", 1'700'000'000);
  if (!request) FAIL(request.error().what);
  return *request;
}

Faulty<Token> token_of(int status, const std::string& body, const Json& json = policy()) {
  Response response;
  response.status = status;
  response.body = body;
  return read_token(json, token_request_of(json), response);
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the token endpoint follows from the authority", "[oauth]") {
  CHECK(token_endpoint(policy()) == "https://id.example/realm/oauth2/token");
  CHECK(token_endpoint(policy({{"endpoints", {{"token", "/auth/t"}}}})) ==
        "https://id.example/realm/auth/t");
  CHECK(token_endpoint(policy({{"endpoints", {{"token", "https://x/t"}}}})) == "https://x/t");
  CHECK(discovery_uri(policy()) == "https://id.example/realm/.well-known/openid-configuration");
  CHECK(discovery_uri({{"authority", "https://a/.well-known/openid-configuration"}}) ==
        "https://a/.well-known/openid-configuration");
}

TEST_CASE("a token request is a form with the grant, the client, scopes and audiences", "[oauth]") {
  const auto request =
      token_request_of(policy({{"scopes", {"a", "b"}}, {"audiences", {"x", "y"}}}));
  CHECK(request.method == "POST");
  CHECK(request.body ==
        "grant_type=client_credentials&client_id=me&client_secret=s%261&scope=a%20b&audience=x&"
        "audience=y");
  const auto json = token_request_of(policy({{"request", {{"encoding", "application/json"}}}}));
  CHECK(Json::parse(json.body)["client_secret"] == "s&1");
}

TEST_CASE("clients authenticate in each of the ways that the language has", "[oauth]") {
  const auto with = [](const char* method, const Json& more = Json::object()) {
    Json client{{"id", "me"}, {"secret", "s&1"}, {"authentication", method}};
    client.update(more);
    return token_request_of(policy({{"client", client}}));
  };
  const auto basic = with("client_secret_basic");
  CHECK(basic.credentials.username == "me");
  CHECK(basic.credentials.password == "s%261");
  CHECK_FALSE(has(basic.body, "client_secret"));
  CHECK(with("none").body == "grant_type=client_credentials&client_id=me");
  CHECK(has(with("private_key_jwt", {{"assertion", "a.b.c"}}).body, "client_assertion=a.b.c"));
  const auto jwt = with("client_secret_jwt").body;
  const auto at = jwt.find("client_assertion=") + 17;
  const auto assertion = jwt.substr(at);
  const auto dot = assertion.rfind('.');
  const auto mac = hmac_sha256("s&1", assertion.substr(0, dot));
  std::string expected = http_call::base64({reinterpret_cast<const char*>(mac.data()), mac.size()});
  for (char& c : expected) c = c == '+' ? '-' : c == '/' ? '_' : c;
  while (expected.ends_with('=')) expected.pop_back();
  CHECK(assertion.substr(dot + 1) == expected);
}

TEST_CASE("each grant sends what it needs, or is refused", "[oauth]") {
  CHECK(has(
      token_request_of(policy({{"grant", "password"}, {"username", "u"}, {"password", "p"}})).body,
      "grant_type=password&username=u&password=p"));
  CHECK(has(token_request_of(
                policy({{"grant", "refresh_token"}, {"subject", {{"token", "r"}, {"type", "t"}}}}))
                .body,
            "grant_type=refresh_token&refresh_token=r"));
  CHECK(has(token_request_of(policy({{"grant", "urn:ietf:params:oauth:grant-type:token-exchange"},
                                     {"subject", {{"token", "s"}, {"type", "t"}}},
                                     {"actor", {{"token", "a"}, {"type", "u"}}}}))
                .body,
            "subject_token=s&subject_token_type=t&actor_token=a&actor_token_type=u"));
  for (const Json& wrong :
       {policy({{"grant", "password"}}), policy({{"grant", "authorization_code"}}),
        policy({{"client", nullptr}}), policy({{"grant", "refresh_token"}})}) {
    INFO(wrong.dump());
    CHECK_FALSE(token_request(wrong, "https://id.example/token", 0));
  }
}

TEST_CASE("a token lasts a little less long than it says", "[oauth]") {
  CHECK(token_of(200, R"({"access_token": "t", "expires_in": 300})")->lasts_ms == 290'000);
  CHECK(token_of(200, R"({"access_token": "t", "expires_in": 10})")->lasts_ms == 5'000);
  CHECK(token_of(200, R"({"access_token": "t", "expires_in": -5})")->lasts_ms == 0);
  CHECK(token_of(200, R"({"access_token": "t"})")->lasts_ms == 60'000);
}

TEST_CASE("a refused token request is an authentication fault", "[oauth]") {
  const auto refused =
      token_of(400, R"({"error": "invalid_client", "error_description": "who are you"})");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().type == http_call::authentication_error);
  CHECK(refused.error().status == 401);
  CHECK(has(refused.error().detail, "invalid_client, who are you"));
  CHECK_FALSE(token_of(200, "no json"));
  CHECK_FALSE(token_of(200, "{}"));
}

TEST_CASE("the issuer of a token is checked where issuers are named", "[oauth]") {
  const Json own = policy({{"issuers", {"https://id.example"}}});
  // {"iss":"https://id.example"}
  const std::string good = "e30.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUifQ.x";
  CHECK(token_of(200, Json{{"access_token", good}}.dump(), own));
  const std::string other = "e30.eyJpc3MiOiJodHRwczovL2V2aWwifQ.x";
  CHECK(
      has(token_of(200, Json{{"access_token", other}}.dump(), own).error().detail, "https://evil"));
  CHECK_FALSE(token_of(200, R"({"access_token": "opaque"})", own));
}

TEST_CASE("kept tokens end with their time, and are dropped by name", "[oauth]") {
  TokenCache cache;
  cache.put("a", "t1", 100);
  CHECK(cache.find("a", 99) == "t1");
  CHECK(cache.find("a", 100).empty());
  cache.drop("a", "another");
  CHECK(cache.find("a", 0) == "t1");
  cache.drop("a", "t1");
  CHECK(cache.find("a", 0).empty());
}

TEST_CASE("events come in pieces, with every line ending", "[sse]") {
  SseParser parser;
  CHECK(parser.take(": comment\nid: 1\nda").empty());
  CHECK(parser.take("ta: a\r\ndata:b\r\n").empty());
  const auto events = parser.take("\r\nevent: x\rdata: c\r\rid: 2\n\n");
  REQUIRE(events.size() == 2);
  CHECK(events[0].data == "a\nb");
  CHECK(events[0].id == "1");
  CHECK(events[0].type == "message");
  CHECK(events[1].type == "x");
  CHECK(events[1].data == "c");
  CHECK(events[1].id == "1");
}

TEST_CASE("an answer is found among JSON and events", "[json_rpc]") {
  Response json;
  json.body = R"({"jsonrpc": "2.0", "id": 2, "result": {"a": 1}})";
  CHECK(find_answer(json, 2)->at("result").at("a") == 1);
  CHECK_FALSE(find_answer(json, 3));
  Response stream;
  stream.headers["content-type"] = "text/event-stream; charset=utf-8";
  stream.body =
      "data: {\"method\": \"log\"}\n\ndata: {\"id\": 2, \"error\": {\"code\": -1, "
      "\"message\": \"no\"}}\n";
  const auto answer = find_answer(stream, 2);
  REQUIRE(answer);
  const auto result = rpc_result(*answer, "tools/call");
  REQUIRE_FALSE(result);
  CHECK(result.error().type == http_call::runtime_error);
  CHECK(result.error().detail == "tools/call failed with -1: no");
}

TEST_CASE("a message gets an id that is the same for every attempt, and a role", "[a2a]") {
  const auto first = with_message_defaults({{"message", {{"parts", Json::array()}}}}, "key");
  const auto id = first["message"]["messageId"].get<std::string>();
  CHECK(id.size() == 36);
  CHECK(first["message"]["role"] == "user");
  CHECK(with_message_defaults(nullptr, "key")["message"]["messageId"] == id);
  CHECK(with_message_defaults(nullptr, "other")["message"]["messageId"] != id);
  const auto given =
      with_message_defaults({{"message", {{"messageId", "mine"}, {"role", "agent"}}}}, "key");
  CHECK(given["message"] == Json{{"messageId", "mine"}, {"role", "agent"}});
}

TEST_CASE("an agent's card tells where it speaks JSON-RPC", "[a2a]") {
  const std::string home = "https://a.example/.well-known/agent-card.json";
  CHECK(agent_url({{"url", "https://b.example/rpc"}}, home) == "https://b.example/rpc");
  CHECK(agent_url({{"url", "/rpc"}}, home) == "https://a.example/rpc");
  CHECK(agent_url({{"url", "https://g"},
                   {"preferredTransport", "GRPC"},
                   {"additionalInterfaces", {{{"url", "https://j"}, {"transport", "JSONRPC"}}}}},
                  home) == "https://j");
  CHECK(agent_url({{"url", "https://g"}, {"preferredTransport", "GRPC"}}, home).empty());
}

TEST_CASE("an operation of AsyncAPI 3 has a server and an address", "[asyncapi]") {
  const Json document = Json::parse(R"({
    "asyncapi": "3.0.0",
    "servers": {
      "queue": {"host": "q.example", "protocol": "kafka"},
      "web": {"host": "{env}.example:8080", "pathname": "/base", "protocol": "http",
              "variables": {"env": {"default": "dev"}}}},
    "channels": {"c": {"address": "users/{id}", "parameters": {"id": {"default": "all"}},
                       "messages": {"m": {"contentType": "text/plain",
                                          "correlationId": {"location": "$message.header#/cid"}}}}},
    "operations": {"greet": {"action": "send", "channel": {"$ref": "#/channels/c"},
                             "bindings": {"http": {"method": "PUT"}}}}})");
  auto operation = asyncapi_operation(document, "https://x/doc", {{"operation", "greet"}});
  REQUIRE(operation);
  CHECK(operation->uri == "http://dev.example:8080/base/users/all");
  CHECK(operation->method == "PUT");
  CHECK(operation->content_type == "text/plain");
  CHECK(operation->correlation_location == "$message.header#/cid");
  operation = asyncapi_operation(
      document, "https://x/doc",
      {{"operation", "greet"},
       {"server", {{"name", "web"}, {"variables", {{"env", "live"}, {"id", 7}}}}}});
  REQUIRE(operation);
  CHECK(operation->uri == "http://live.example:8080/base/users/7");
  const auto refused = [&](const Json& call) {
    const auto none = asyncapi_operation(document, "https://x/doc", call);
    REQUIRE_FALSE(none);
    return none.error().what;
  };
  CHECK(has(refused({{"operation", "greed"}}), "no operation 'greed'; it has greet"));
  CHECK(has(refused({{"channel", "c"}}), "name the `operation`"));
  CHECK(has(refused({{"operation", "greet"}, {"server", {{"name", "queue"}}}}), "speaks kafka"));
  CHECK(has(refused({{"operation", "greet"}, {"protocol", "https"}}), "none of the document's"));
}

TEST_CASE("a channel of AsyncAPI 2 is its own address", "[asyncapi]") {
  const Json document = Json::parse(R"({
    "asyncapi": "2.6.0",
    "servers": {"web": {"url": "web.example/base/", "protocol": "https"}},
    "channels": {"/notes": {"publish": {"message": {}}, "subscribe": {}}}})");
  const auto operation =
      asyncapi_operation(document, "https://x/doc", {{"channel", "/notes"}, {"message", {}}});
  REQUIRE(operation);
  CHECK(operation->uri == "https://web.example/base/notes");
  CHECK(operation->method == "POST");
  CHECK(operation->content_type == "application/json");
  CHECK_FALSE(asyncapi_operation({{"asyncapi", "1.2"}}, "x", {{"channel", "/notes"}}));
}

TEST_CASE("a correlation id is read from where the document says", "[asyncapi]") {
  const Json message{{"payload", {{"a", {{"id", 7}}}}}, {"headers", {{"cid", "c"}}}};
  CHECK(correlation_of(message, "$message.payload#/a/id") == "7");
  CHECK(correlation_of(message, "$message.header#/cid") == "c");
  CHECK(correlation_of(message, "$message.header#/none").is_null());
  CHECK(correlation_of(message, "").is_null());
}
