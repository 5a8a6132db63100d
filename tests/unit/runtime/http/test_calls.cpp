// The node's calls by OpenAPI, OAuth, MCP, A2A and AsyncAPI, against servers on loopback.
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>

#include "persistence/codec.hpp"
#include "runtime/http_call/response.hpp"
#include "runtime/http_caller.hpp"
#include "tests/support/fake_engine.hpp"
#include "tests/support/raw_server.hpp"
#include "workflow/secret_placeholder.hpp"

using namespace endure;
using namespace endure::testing;
using nlohmann::json;

namespace {

const std::string key = "the key of the volume";

struct Caller {
  explicit Caller(runtime::HttpCallerConfig config = quick()) : caller(config, engine) {
    REQUIRE(caller.start());
  }
  static runtime::HttpCallerConfig quick() {
    runtime::HttpCallerConfig config;
    config.connect_timeout_ms = 2'000;
    config.timeout_ms = 5'000;
    config.stream_timeout_ms = 5'000;
    config.max_response_bytes = 10'000;
    config.secrets = {"", "ENDURE_TEST_", key};
    return config;
  }

  std::size_t make(const json& arguments) {
    ++made;
    engine.push_step(make_step("endure.http", made, persistence::encode_value(arguments)));
    REQUIRE(engine.wait_until(
        [this](const auto& calls) { return calls.completed.size() + calls.failed.size() == made; },
        60'000));
    return made;
  }
  json result_of(const json& arguments) {
    make(arguments);
    for (const auto& failed : engine.calls().failed) FAIL(failed.failure.fault.detail);
    return engine.calls().completed.back().result.json();
  }
  workflow::Fault fault_of(const json& arguments) {
    make(arguments);
    REQUIRE(engine.calls().failed.size() == 1);
    return engine.calls().failed.back().failure.fault;
  }

  FakeEngine engine;
  runtime::HttpCaller caller;
  std::size_t made = 0;
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string answer(const json& body) {
  return http_answer("200 OK", "application/json", body.dump());
}

json body_of(const std::string& request) {
  return json::parse(request.substr(request.find("\r\n\r\n") + 4), nullptr, false);
}

std::size_t count(const RawServer& server, const std::string& part) {
  std::size_t n = 0;
  for (const auto& request : server.requests()) n += has(request, part) ? 1 : 0;
  return n;
}

std::string port_of(const RawServer& server) {
  const auto url = server.url("");
  return url.substr(url.rfind(':') + 1);
}

}  // namespace

// -- connections ----------------------------------------------------------------

TEST_CASE("a connection goes where connect_to says, and asks for the URL's host",
          "[calls][socket]") {
  RawServer server([](const auto&) { return answer("here"); });
  auto config = Caller::quick();
  config.connect_to = {"api.example:80:127.0.0.1:" + port_of(server)};
  Caller caller(config);
  CHECK(caller.result_of({{"uri", "http://api.example/x"}}) == "here");
  CHECK(has(server.requests().at(0), "\r\nHost: api.example\r\n"));
}

// -- openapi --------------------------------------------------------------------

TEST_CASE("an OpenAPI operation is called, and its document fetched once", "[calls][socket]") {
  RawServer server([](const std::string& request) {
    if (has(request, "GET /doc")) {
      return http_answer("200 OK", "application/yaml",
                         "openapi: 3.0.0\npaths:\n  /pets/{id}:\n    get:\n      operationId: "
                         "getPet\n      parameters: [{name: id, in: path, required: true}]\n");
    }
    return answer({{"id", 7}});
  });
  Caller caller;
  const json call{{"call", "openapi"},
                  {"document", {{"uri", server.url("/doc")}}},
                  {"operationId", "getPet"},
                  {"parameters", {{"id", 7}}},
                  {"authentication", {{"bearer", {{"token", "t"}}}}},
                  {"output", "response"}};
  const auto result = caller.result_of(call);
  CHECK(result["content"] == json{{"id", 7}});
  CHECK(result["request"]["uri"] == server.url("/pets/7"));
  CHECK(has(server.requests().at(1), "\r\nAuthorization: Bearer t\r\n"));
  CHECK_FALSE(has(server.requests().at(0), "Bearer t"));
  caller.result_of(call);
  CHECK(count(server, "GET /doc") == 1);
  CHECK(count(server, "GET /pets/7") == 2);
}

TEST_CASE("an operation that is not there is a configuration fault", "[calls][socket]") {
  RawServer server([](const auto&) {
    return answer({{"swagger", "2.0"}, {"host", "x"}, {"paths", json::object()}});
  });
  Caller caller;
  const auto fault = caller.fault_of(
      {{"call", "openapi"}, {"document", {{"uri", server.url()}}}, {"operationId", "none"}});
  CHECK(fault.type == http_call::configuration_error);
  CHECK(has(fault.detail, "no operation 'none'"));
}

TEST_CASE("a document that is not there, or none, is a fault", "[calls][socket]") {
  RawServer missing([](const auto&) { return http_answer("404 Not Found", "text/plain", "no"); });
  Caller first;
  CHECK(first
            .fault_of(
                {{"call", "openapi"}, {"document", {{"uri", missing.url()}}}, {"operationId", "x"}})
            .status == 404);
  RawServer broken([](const auto&) { return http_answer("200 OK", "text/html", "<html>"); });
  Caller second;
  const auto fault = second.fault_of(
      {{"call", "openapi"}, {"document", {{"uri", broken.url()}}}, {"operationId", "x"}});
  CHECK(fault.type == http_call::configuration_error);
  CHECK(has(fault.detail, "cannot be read"));
}

// -- authentication ---------------------------------------------------------------

TEST_CASE("digest authentication answers the server's challenge", "[calls][socket]") {
  RawServer server([](const std::string& request) {
    if (has(request, "Authorization: Digest username=\"u\"")) return answer("in");
    return http_answer("401 Unauthorized", "text/plain", "who",
                       "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\n");
  });
  Caller caller;
  CHECK(caller.result_of(
            {{"uri", server.url()},
             {"authentication", {{"digest", {{"username", "u"}, {"password", "p"}}}}}}) == "in");
  CHECK(server.requests().size() == 2);
}

TEST_CASE("a token is fetched once, and anew when the service no longer takes it",
          "[calls][socket]") {
  std::atomic<int> tokens{0};
  std::atomic<bool> expired{false};
  RawServer server([&](const std::string& request) {
    if (has(request, "POST /oauth2/token")) {
      return answer({{"access_token", "token-" + std::to_string(++tokens)}, {"expires_in", 300}});
    }
    const bool old = expired && has(request, "Bearer token-1\r\n");
    if (old) return http_answer("401 Unauthorized", "text/plain", "expired");
    return answer("in");
  });
  Caller caller;
  const json call{{"uri", server.url("/x")},
                  {"authentication",
                   {{"oauth2",
                     {{"authority", server.url("")},
                      {"grant", "client_credentials"},
                      {"client", {{"id", "me"}, {"secret", "s"}}}}}}}};
  CHECK(caller.result_of(call) == "in");
  CHECK(caller.result_of(call) == "in");
  CHECK(tokens == 1);
  expired = true;
  CHECK(caller.result_of(call) == "in");
  CHECK(tokens == 2);
  CHECK(has(server.requests().back(), "Bearer token-2\r\n"));
}

TEST_CASE("a service that refuses a fresh token is a fault, not a loop", "[calls][socket]") {
  RawServer server([](const std::string& request) {
    if (has(request, "POST ")) return answer({{"access_token", "secret-token"}});
    return http_answer("401 Unauthorized", "text/plain", "no secret-token");
  });
  Caller caller;
  const auto fault =
      caller.fault_of({{"uri", server.url("/x")},
                       {"authentication",
                        {{"oauth2",
                          {{"authority", server.url("")},
                           {"grant", "client_credentials"},
                           {"client", {{"id", "me"}, {"authentication", "none"}}}}}}}});
  CHECK(fault.status == 401);
  CHECK_FALSE(has(fault.detail, "secret-token"));
  CHECK(server.requests().size() == 4);
}

TEST_CASE("oidc finds its token endpoint by discovery", "[calls][socket]") {
  std::string url;
  RawServer server([&](const std::string& request) {
    if (has(request, "GET /.well-known/openid-configuration")) {
      return answer({{"token_endpoint", url + "/t"}});
    }
    if (has(request, "POST /t")) return answer({{"access_token", "abc"}});
    return answer(has(request, "Bearer abc\r\n"));
  });
  url = server.url("");
  Caller caller;
  CHECK(caller.result_of({{"uri", server.url("/x")},
                          {"authentication",
                           {{"oidc",
                             {{"authority", url},
                              {"grant", "client_credentials"},
                              {"client", {{"id", "me"}, {"secret", "s"}}}}}}}}) == true);
}

TEST_CASE("an authority that refuses is an authentication fault", "[calls][socket]") {
  RawServer server([](const auto&) {
    return http_answer("400 Bad Request", "application/json", R"({"error": "invalid_client"})");
  });
  Caller caller;
  const auto fault = caller.fault_of({{"uri", server.url("/x")},
                                      {"authentication",
                                       {{"oauth2",
                                         {{"authority", server.url("")},
                                          {"grant", "client_credentials"},
                                          {"client", {{"id", "me"}, {"secret", "s"}}}}}}}});
  CHECK(fault.type == http_call::authentication_error);
  CHECK(has(fault.detail, "invalid_client"));
}

// -- secrets ----------------------------------------------------------------------

TEST_CASE("a secret is sent, and nothing of it comes back", "[calls][socket]") {
  ::setenv("ENDURE_TEST_LOGIN", R"({"username": "me", "password": "hunter2-secret"})", 1);
  RawServer server([](const std::string& request) {
    return http_answer("200 OK", "text/plain", "you sent " + request);
  });
  Caller caller;
  const auto part = workflow::make_placeholder({"login", "password"}, 1, key);
  const auto result = caller.result_of(
      {{"uri", server.url("/x/" + part)},
       {"headers", {{"X-Key", "k " + part}}},
       {"authentication", {{"basic", workflow::make_placeholder({"login"}, 1, key)}}},
       {"output", "response"}});
  const auto request = server.requests().at(0);
  CHECK(has(request, "GET /x/hunter2-secret HTTP"));
  CHECK(has(request, "X-Key: k hunter2-secret\r\n"));
  CHECK(has(request, "Authorization: Basic "));
  CHECK_FALSE(has(result.dump(), "hunter2"));
  CHECK(has(result.dump(), "(hidden)"));
  ::unsetenv("ENDURE_TEST_LOGIN");
}

TEST_CASE("a secret that is not set fails the call, and nothing is sent", "[calls][socket]") {
  RawServer server([](const auto&) { return answer("in"); });
  Caller caller;
  const auto fault = caller.fault_of(
      {{"uri", server.url()},
       {"authentication", {{"bearer", workflow::make_placeholder({"none"}, 1, key)}}}});
  CHECK(fault.status == 403);
  CHECK(fault.type.ends_with("/authorization"));
  CHECK(has(fault.detail, "ENDURE_TEST_NONE"));
  CHECK(server.requests().empty());
}

TEST_CASE("`$authorization.parameter` is put in place within its own call", "[calls][socket]") {
  RawServer server([](const auto&) { return answer("in"); });
  Caller caller;
  const auto parameter = workflow::make_placeholder({"$authorization"}, 1, key);
  caller.result_of({{"uri", server.url()},
                    {"headers", {{"X-Copy", "is " + parameter}}},
                    {"authentication", {{"bearer", {{"token", "my-token"}}}}}});
  CHECK(has(server.requests().at(0), "\r\nX-Copy: is my-token\r\n"));
}

// -- mcp --------------------------------------------------------------------------

namespace {

// An MCP server over HTTP; `stream` answers the method as a stream of events.
RawServer::Answer mcp_server(bool stream) {
  return [stream](const std::string& request) {
    const auto message = body_of(request);
    if (has(request, "DELETE /")) return http_answer("200 OK", "text/plain", "");
    const auto method = message.value("method", "");
    if (method == "initialize") {
      return http_answer("200 OK", "application/json",
                         json{{"jsonrpc", "2.0"},
                              {"id", message["id"]},
                              {"result", {{"protocolVersion", "2025-03-26"}}}}
                             .dump(),
                         "Mcp-Session-Id: s1\r\n");
    }
    if (method == "notifications/initialized") return http_answer("202 Accepted", "text/plain", "");
    json reply{{"jsonrpc", "2.0"}, {"id", message["id"]}};
    if (message["params"].value("name", "") == "bad") {
      reply["error"] = {{"code", -32602}, {"message", "unknown tool"}};
    } else {
      reply["result"] = {{"echo", message["params"]}};
    }
    if (!stream) return answer(reply);
    return http_answer("200 OK", "text/event-stream",
                       "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\"}\n\n"
                       "event: message\ndata: " +
                           reply.dump() + "\n\n");
  };
}

json mcp_call(const std::string& url, const std::string& tool = "echo") {
  return {{"call", "mcp"},
          {"method", "tools/call"},
          {"parameters", {{"name", tool}}},
          {"headers", {{"X-Mine", "1"}}},
          {"endpoint", {{"uri", url}, {"authentication", {{"bearer", {{"token", "t"}}}}}}}};
}

}  // namespace

TEST_CASE("an MCP session over HTTP is opened, used and ended", "[calls][socket]") {
  for (const bool stream : {false, true}) {
    RawServer server(mcp_server(stream));
    Caller caller;
    CHECK(caller.result_of(mcp_call(server.url())) == json{{"echo", {{"name", "echo"}}}});
    const auto requests = server.requests();
    REQUIRE(requests.size() == 4);
    CHECK(body_of(requests[0])["params"]["protocolVersion"] == "2025-06-18");
    CHECK(body_of(requests[0])["params"]["clientInfo"]["name"] == "endure");
    CHECK_FALSE(has(requests[0], "Mcp-Session-Id"));
    for (std::size_t i = 1; i < 4; ++i) {
      CHECK(has(requests[i], "Mcp-Session-Id: s1\r\n"));
      CHECK(has(requests[i], "MCP-Protocol-Version: 2025-03-26\r\n"));
      CHECK(has(requests[i], "Authorization: Bearer t\r\n"));
    }
    CHECK(has(requests[2], "X-Mine: 1\r\n"));
    CHECK(requests[3].starts_with("DELETE / "));
  }
}

TEST_CASE("an MCP error is a runtime fault", "[calls][socket]") {
  RawServer server(mcp_server(false));
  Caller caller;
  const auto fault = caller.fault_of(mcp_call(server.url(), "bad"));
  CHECK(fault.type == http_call::runtime_error);
  CHECK(has(fault.detail, "unknown tool"));
}

TEST_CASE("an MCP server of an unknown version, or that is none, is a fault", "[calls][socket]") {
  RawServer other([](const std::string& request) {
    return answer({{"jsonrpc", "2.0"},
                   {"id", body_of(request)["id"]},
                   {"result", {{"protocolVersion", "1999-01-01"}}}});
  });
  Caller first;
  CHECK(has(first.fault_of(mcp_call(other.url())).detail, "1999-01-01"));
  RawServer none([](const auto&) { return http_answer("404 Not Found", "text/plain", "no"); });
  Caller second;
  CHECK(second.fault_of(mcp_call(none.url())).status == 404);
}

namespace {

// A program on stdin and stdout; what it does with a request stands in `body`, a line of Python.
json mcp_program(const std::string& body, json more = json::object()) {
  const std::string program =
      "import json, os, sys, time\n"
      "print('this is a log line', flush=True)\n"
      "for line in sys.stdin:\n"
      "  m = json.loads(line)\n"
      "  def reply(r): print(json.dumps({'jsonrpc': '2.0', 'id': m['id'], **r}), flush=True)\n"
      "  if m.get('method') == 'initialize': reply({'result': {'protocolVersion': '2025-06-18'}})\n"
      "  elif 'id' in m and 'method' in m:\n" +
      body;
  json call{{"call", "mcp"},
            {"method", "tools/list"},
            {"stdio",
             {{"command", "python3"},
              {"arguments", {"-c", program}},
              {"environment", {{"MINE", "given"}}}}}};
  call.update(more);
  return call;
}

}  // namespace

TEST_CASE("an MCP server that is a program is spoken with by lines", "[calls]") {
  ::setenv("ENDURE_TEST_HIDDEN", "not for programs", 1);
  Caller caller;
  const auto result = caller.result_of(mcp_program(
      "    reply({'result': {'mine': os.environ['MINE'], 'hidden': 'ENDURE_TEST_HIDDEN' in "
      "os.environ, 'path': 'PATH' in os.environ}})\n"));
  CHECK(result == json{{"mine", "given"}, {"hidden", false}, {"path", true}});
}

TEST_CASE("an MCP program's requests are answered", "[calls]") {
  Caller caller;
  const auto result = caller.result_of(mcp_program(
      "    print(json.dumps({'jsonrpc': '2.0', 'id': 'p', 'method': 'ping'}), flush=True)\n"
      "    pong = json.loads(sys.stdin.readline())\n"
      "    reply({'result': pong})\n"));
  CHECK(result == json{{"jsonrpc", "2.0"}, {"id", "p"}, {"result", json::object()}});
}

TEST_CASE("an MCP program that ends, or cannot be started, is a fault", "[calls]") {
  Caller first;
  const auto ended = first.fault_of(
      mcp_program("    print('gone wrong', file=sys.stderr, flush=True); os._exit(3)\n"));
  CHECK(ended.type == http_call::communication_error);
  CHECK(has(ended.detail, "exit code 3"));
  CHECK(has(ended.detail, "gone wrong"));
  Caller second;
  auto none = mcp_program("    pass\n");
  none["stdio"]["command"] = "no-such-program-here";
  const auto fault = second.fault_of(none);
  CHECK(fault.type == http_call::configuration_error);
  CHECK(has(fault.detail, "no-such-program-here"));
}

TEST_CASE("an MCP program that is too slow is ended with all that it started", "[calls]") {
  // The reading end of a FIFO sees its end once every process that had it open for writing is gone.
  const auto path = std::filesystem::temp_directory_path() /
                    ("endure-mcp-" + std::to_string(::getpid()) + ".fifo");
  std::filesystem::remove(path);
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  const int fifo = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  REQUIRE(fifo >= 0);
  pollfd item{fifo, POLLIN, 0};
  // Without a writer so far it has no end: on a slow machine the program gets more time to begin.
  for (int seconds = 2; item.revents == 0 && seconds < 200; seconds *= 3) {
    Caller caller;
    const auto fault =
        caller.fault_of(mcp_program("    os.system('exec 9>" + path.string() + "; sleep 600')\n",
                                    {{"timeout", {{"seconds", seconds}}}}));
    CHECK(fault.status == 408);
    CHECK(fault.type.ends_with("/timeout"));
    REQUIRE(::poll(&item, 1, 5'000) >= 0);
  }
  CHECK((item.revents & POLLHUP) != 0);
  ::close(fifo);
  std::filesystem::remove(path);
}

TEST_CASE("an MCP program that writes without end is a fault", "[calls]") {
  Caller caller;
  const auto fault = caller.fault_of(mcp_program("    print('x' * 20000, flush=True)\n"));
  CHECK(has(fault.detail, "more than 10000 bytes"));
}

// -- a2a --------------------------------------------------------------------------

TEST_CASE("an agent is found by its card, and credentials stay with its host", "[calls][socket]") {
  std::string url;
  RawServer server([&](const std::string& request) {
    if (has(request, "GET /card")) return answer({{"url", "/rpc"}, {"name", "agent"}});
    const auto message = body_of(request);
    return answer({{"jsonrpc", "2.0"}, {"id", message["id"]}, {"result", message["params"]}});
  });
  Caller caller;
  const auto result = caller.result_of(
      {{"call", "a2a"},
       {"method", "message/send"},
       {"agentCard",
        {{"uri", server.url("/card")}, {"authentication", {{"bearer", {{"token", "t"}}}}}}},
       {"parameters", {{"message", {{"parts", {{{"kind", "text"}, {"text", "hi"}}}}}}}}});
  CHECK(result["message"]["role"] == "user");
  CHECK(result["message"]["messageId"].get<std::string>().size() == 36);
  CHECK(has(server.requests().at(1), "POST /rpc "));
  CHECK(has(server.requests().at(1), "Authorization: Bearer t\r\n"));

  RawServer card([&](const auto&) { return answer({{"url", server.url("/rpc")}}); });
  caller.result_of(
      {{"call", "a2a"},
       {"method", "tasks/get"},
       {"agentCard",
        {{"uri", card.url("/card")}, {"authentication", {{"bearer", {{"token", "t2"}}}}}}},
       {"parameters", {{"id", "1"}}}});
  CHECK_FALSE(has(server.requests().back(), "Bearer t2"));
}

TEST_CASE("the results of a stream are a list, in order", "[calls][socket]") {
  RawServer server([](const std::string& request) {
    const auto id = body_of(request)["id"].dump();
    std::string events;
    for (int i = 1; i <= 3; ++i) {
      events += "data: {\"jsonrpc\": \"2.0\", \"id\": " + id +
                ", \"result\": {\"n\": " + std::to_string(i) + (i == 2 ? ", \"final\": true" : "") +
                "}}\n\n";
    }
    return http_answer("200 OK", "text/event-stream", events);
  });
  Caller caller;
  const auto result = caller.result_of(
      {{"call", "a2a"}, {"method", "message/stream"}, {"server", {{"uri", server.url()}}}});
  CHECK(result == json::array({{{"n", 1}}, {{"n", 2}, {"final", true}}}));
}

TEST_CASE("an agent's error is a runtime fault", "[calls][socket]") {
  RawServer server([](const std::string& request) {
    return answer({{"jsonrpc", "2.0"},
                   {"id", body_of(request)["id"]},
                   {"error", {{"code", -32001}, {"message", "Task not found"}}}});
  });
  Caller caller;
  const auto fault = caller.fault_of({{"call", "a2a"},
                                      {"method", "tasks/get"},
                                      {"server", {{"uri", server.url()}}},
                                      {"parameters", {{"id", "x"}}}});
  CHECK(fault.type == http_call::runtime_error);
  CHECK(fault.detail == "tasks/get failed with -32001: Task not found");
}

// -- asyncapi ---------------------------------------------------------------------

namespace {

std::string asyncapi_document(const std::string& host) {
  return json{{"asyncapi", "3.0.0"},
              {"servers", {{"web", {{"host", host}, {"protocol", "http"}}}}},
              {"channels", {{"c", {{"address", "/events"}}}}},
              {"operations", {{"o", {{"channel", {{"$ref", "#/channels/c"}}}}}}}}
      .dump();
}

json asyncapi_call(const RawServer& server, const json& more) {
  json call{{"call", "asyncapi"}, {"document", {{"uri", server.url("/doc")}}}, {"operation", "o"}};
  call.update(more);
  return call;
}

// Serves the document and `answer` for the channel.
RawServer::Answer asyncapi_server(std::string& host, RawServer::Answer answer) {
  return [&host, answer = std::move(answer)](const std::string& request) {
    if (has(request, "GET /doc")) {
      return http_answer("200 OK", "application/json", asyncapi_document(host));
    }
    return answer(request);
  };
}

}  // namespace

TEST_CASE("a message is published as a request", "[calls][socket]") {
  std::string host;
  RawServer server(asyncapi_server(
      host, [](const auto&) { return http_answer("202 Accepted", "text/plain", ""); }));
  host = "127.0.0.1:" + port_of(server);
  Caller caller;
  caller.result_of(asyncapi_call(
      server, {{"message", {{"payload", {{"hello", "you"}}}, {"headers", {{"foo", "bar"}}}}}}));
  const auto request = server.requests().back();
  CHECK(request.starts_with("POST /events "));
  CHECK(body_of(request) == json{{"hello", "you"}});
  CHECK(has(request, "foo: bar\r\n"));
  CHECK(has(request, "Content-Type: application/json\r\n"));
  CHECK(has(request, "Idempotency-Key: key-1\r\n"));
}

TEST_CASE("messages come from a stream, from behind the last one", "[calls][socket]") {
  std::string host;
  RawServer server(asyncapi_server(host, [](const auto&) {
    return http_answer("200 OK", "text/event-stream",
                       "id: 4\ndata: {\"n\": 1}\n\nid: 5\ndata: plain\n\nid: 6\ndata: x\n\n");
  }));
  host = "127.0.0.1:" + port_of(server);
  Caller caller;
  const auto result =
      caller.result_of(asyncapi_call(server, {{"subscription", {{"cursor", "3"}, {"amount", 2}}}}));
  CHECK(has(server.requests().back(), "Last-Event-ID: 3\r\n"));
  REQUIRE(result["messages"].size() == 2);
  CHECK(result["messages"][0]["payload"] == json{{"n", 1}});
  CHECK(result["messages"][1]["payload"] == "plain");
  CHECK(result["cursor"] == "5");
  CHECK(result["closed"] == false);
}

TEST_CASE("a channel that answers JSON is asked again until it has something", "[calls][socket]") {
  std::string host;
  std::atomic<int> asked{0};
  RawServer server(asyncapi_server(host, [&](const auto&) {
    if (++asked == 1) return http_answer("204 No Content", "text/plain", "");
    return answer(json::array({{{"n", 1}}, {{"n", 2}}}));
  }));
  host = "127.0.0.1:" + port_of(server);
  Caller caller;
  const auto result = caller.result_of(
      asyncapi_call(server, {{"subscription", {{"cursor", nullptr}, {"deadline", nullptr}}}}));
  CHECK(asked == 2);
  CHECK(result["messages"].size() == 2);
}

TEST_CASE("a subscription whose time is up gives what it has", "[calls][socket]") {
  std::string host;
  RawServer server(asyncapi_server(
      host, [](const auto&) { return http_answer("204 No Content", "text/plain", ""); }));
  host = "127.0.0.1:" + port_of(server);
  Caller caller;
  const auto result = caller.result_of(
      asyncapi_call(server, {{"subscription", {{"cursor", nullptr}, {"deadline", 1}}}}));
  CHECK(result == json{{"messages", json::array()}, {"cursor", nullptr}, {"closed", true}});
}

TEST_CASE("a server of another protocol is a configuration fault", "[calls][socket]") {
  RawServer server([](const auto&) {
    return answer({{"asyncapi", "2.6.0"},
                   {"servers", {{"q", {{"url", "q.example"}, {"protocol", "amqp"}}}}},
                   {"channels", {{"c", json::object()}}}});
  });
  Caller caller;
  const auto fault = caller.fault_of({{"call", "asyncapi"},
                                      {"document", {{"uri", server.url("/doc")}}},
                                      {"channel", "c"},
                                      {"message", json::object()}});
  CHECK(fault.type == http_call::configuration_error);
  CHECK(has(fault.detail, "amqp"));
}
