// What concerns every call: routes, methods, tokens, origins, limits.
#include "tests/support/api_fixture.hpp"

using namespace endure;
using namespace endure::testing;

TEST_CASE("an unknown route is answered with the nearest one", "[http]") {
  ApiFixture f;
  const auto detail = problem_detail(f.get("/v1/workflow/default/a"), 404, "not_found");
  CHECK(mentions(detail, "/v1/workflows/{ns}/{id}"));
  const auto list = problem_detail(f.get("/v1/workflws"), 404, "not_found");
  CHECK(mentions(list, "GET /v1/workflows;"));
  const auto start = problem_detail(f.call("POST", "/v1/workflws"), 404, "not_found");
  CHECK(mentions(start, "POST /v1/workflows;"));
  CHECK(mentions(problem_detail(f.get("/"), 404, "not_found"), "/openapi.json"));
  problem_detail(f.get("/" + std::string(8'000, 'a')), 404, "not_found");
}

TEST_CASE("a wrong method is answered with the allowed ones", "[http]") {
  ApiFixture f;
  const auto response = f.call("PUT", "/v1/workflows");
  CHECK(mentions(problem_detail(response, 405, "invalid"), "PUT"));
  CHECK(mentions(header_of(response, "Allow"), "POST"));
  CHECK(mentions(header_of(response, "Allow"), "GET, HEAD"));
  CHECK(f.call("HEAD", "/healthz").status == 200);
}

TEST_CASE("names in the path are checked", "[http]") {
  ApiFixture f;
  problem_detail(f.get("/v1/workflows/bad%20ns/a"), 400, "invalid");
  problem_detail(f.get("/v1/workflows/default/" + std::string(201, 'a')), 400, "invalid");
  problem_detail(f.get("/v1/workflows/default/a%2Fb"), 400, "invalid");
  problem_detail(f.get("/v1/queues/" + std::string(65, 'q')), 400, "invalid");
  problem_detail(f.get("/v1/workflows/%zz/a"), 400, "invalid");
}

TEST_CASE("unknown query parameters are refused", "[http]") {
  ApiFixture f;
  const auto detail = problem_detail(f.get("/v1/workflows?phse=running"), 400, "invalid");
  CHECK(mentions(detail, "'phase'"));
  problem_detail(f.get("/healthz?x=1"), 400, "invalid");
}

TEST_CASE("a body that is too large is refused by its announced and by its real size", "[http]") {
  auto config = quick_config();
  config.limits.max_body_bytes = 100;
  ApiFixture f(config);
  problem_detail(f.call("POST", "/v1/workflows", std::string(101, ' ')), 413, "too_large");
  http::Request head;
  head.method = "POST";
  head.target = "/v1/workflows";
  head.headers = {{"content-length", "101"}};
  auto refusal = f.api.refuse(head);
  REQUIRE(refusal);
  problem_detail(*refusal, 413, "too_large");
  head.headers["content-length"] = "100";
  CHECK_FALSE(f.api.refuse(head));
  head.headers["content-length"] = "1e2";
  CHECK(f.api.refuse(head)->status == 400);
}

TEST_CASE("bodies in encodings that are not taken are refused", "[http]") {
  ApiFixture f;
  const auto with = [&](const char* header, const char* value) {
    return f.call("POST", "/v1/workflows", "{}", {{header, value}});
  };
  problem_detail(with("content-encoding", "gzip"), 415, "invalid");
  problem_detail(with("transfer-encoding", "gzip"), 501, "invalid");
  problem_detail(f.call("POST", "/v1/workflows", "{}",
                        {{"transfer-encoding", "chunked"}, {"content-length", "2"}}),
                 400, "invalid");
}

TEST_CASE("a call that takes no body refuses one", "[http]") {
  ApiFixture f;
  problem_detail(f.call("GET", "/v1/workflows", "{}"), 400, "invalid");
}

TEST_CASE("a query that is too long is refused", "[http]") {
  ApiFixture f;
  const auto response = f.get("/v1/workflows?status=" + std::string(4'096, 'a'));
  CHECK(mentions(problem_detail(response, 414, "too_large"), "4096"));
}

TEST_CASE("with tokens configured, a call needs one of them", "[http]") {
  auto config = quick_config();
  config.guard.tokens = {"secret-1", "secret-2"};
  ApiFixture f(config);
  const auto with = [&](const std::string& value) {
    return f.call("GET", "/v1/version", {}, {{"authorization", value}});
  };
  CHECK(with("Bearer secret-1").status == 200);
  CHECK(with("bearer secret-2").status == 200);
  for (const char* value : {"", "Bearer", "Bearer ", "Bearer secret-", "Bearer secret-11",
                            "Bearer SECRET-1", "Basic secret-1", "secret-1"}) {
    INFO(value);
    const auto response = with(value);
    problem_detail(response, 401, "unauthorized");
    CHECK(header_of(response, "WWW-Authenticate") == "Bearer");
  }
  problem_detail(f.get("/v1/no-such-thing"), 401, "unauthorized");
  CHECK(f.get("/healthz").status == 200);
  CHECK(f.get("/readyz").status == 503);
  problem_detail(f.get("/metrics"), 401, "unauthorized");
}

TEST_CASE("tokens are compared whole", "[http]") {
  CHECK(http::equal_in_constant_time("abc", "abc"));
  CHECK_FALSE(http::equal_in_constant_time("abd", "abc"));
  CHECK_FALSE(http::equal_in_constant_time("ab", "abc"));
  CHECK_FALSE(http::equal_in_constant_time("abcd", "abc"));
  CHECK_FALSE(http::equal_in_constant_time("", "abc"));
}

TEST_CASE("a host that is not the node's is refused", "[http]") {
  auto config = quick_config();
  config.guard.allowed_hosts = {"endure.internal"};
  ApiFixture f(config);
  const auto with = [&](const std::string& host) {
    return f.call("GET", "/v1/version", {}, {{"host", host}}).status;
  };
  CHECK(with("localhost:7450") == 200);
  CHECK(with("127.0.0.1") == 200);
  CHECK(with("[::1]:7450") == 200);
  CHECK(with("endure.internal:80") == 200);
  CHECK(with("evil.example") == 403);
  CHECK(with("localhost.evil.example") == 403);
}

TEST_CASE("a change from a page of another site is refused", "[http]") {
  ApiFixture f;
  const auto with = [&](const std::string& method, const std::string& origin) {
    return f
        .call(method, method == "GET" ? "/v1/version" : "/v1/workflows",
              method == "GET" ? "" : R"({"definition": "a"})", {{"origin", origin}})
        .status;
  };
  CHECK(with("POST", "http://evil.example") == 403);
  CHECK(with("POST", "null") == 403);
  CHECK(with("POST", "http://127.0.0.1:7450") == 201);
  CHECK(with("GET", "http://evil.example") == 200);
}

TEST_CASE("an engine that does not answer costs the caller no more than the deadline", "[http]") {
  ApiFixture f;
  f.engine.hold_replies();
  const auto response = f.post("/v1/workflows", {{"definition", "a"}});
  CHECK(mentions(problem_detail(response, 503, "retry_later"), "50 ms"));
  CHECK(header_of(response, "Retry-After") == "1");
  f.engine.release_replies();  // the late reply finds nobody and does no harm
}

TEST_CASE("every error of the engine has its status", "[http]") {
  ApiFixture f;
  const std::pair<Code, int> expected[] = {
      {Code::not_found, 404}, {Code::conflict, 409}, {Code::invalid, 400}, {Code::retry_later, 503},
      {Code::full, 429},      {Code::corrupt, 500},  {Code::io, 500}};
  for (const auto& [code, status] : expected) {
    f.engine.answer_with(Error{code, "because", "/here"});
    const auto response = f.post("/v1/workflows", {{"definition", "a"}});
    CHECK(problem_detail(response, status, std::string(to_string(code))) == "because");
    CHECK(json_of(response).at("where") == "/here");
    const bool passing = code == Code::retry_later || code == Code::full;
    CHECK(header_of(response, "Retry-After").empty() != passing);
  }
}

TEST_CASE("requests are counted by route and status", "[http]") {
  ApiFixture f;
  f.get("/healthz");
  f.get("/healthz");
  f.get("/nowhere");
  const auto totals = f.api.counters().totals();
  CHECK(totals.at({"health", 200}).requests == 2);
  CHECK(totals.at({"none", 404}).requests == 1);
}
