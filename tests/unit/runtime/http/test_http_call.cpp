// The request and the result of an outbound call, without a network.
#include "runtime/http_call/request.hpp"
#include "runtime/http_call/response.hpp"
#include "tests/support/catch.hpp"

using namespace endure;
using namespace endure::http_call;
using workflow::Json;

namespace {

Request request_of(Json arguments) {
  if (!arguments.contains("uri")) arguments["uri"] = "http://api.example/v1";
  auto request = read_request(arguments, "key-1");
  INFO(arguments.dump());
  REQUIRE(request);
  return *request;
}

std::string header(const Request& request, const std::string& name) {
  std::string value;
  for (const auto& [key, text] : request.headers) {
    if (key == name) value += (value.empty() ? "" : " + ") + text;
  }
  return value;
}

Response answer_of(int status, const std::string& type, const std::string& body) {
  Response response;
  response.status = status;
  response.headers["content-type"] = type;
  response.body = body;
  return response;
}

}  // namespace

TEST_CASE("arguments become a request", "[http_call]") {
  const auto request =
      request_of({{"method", "post"},
                  {"uri", "https://api.example/posts?a=1#part"},
                  {"headers", {{"X-Number", 7}, {"X-Nothing", nullptr}}},
                  {"query", {{"q", "a&b ü"}, {"tag", {"x", "y"}}, {"no", nullptr}}},
                  {"body", {{"text", "hi"}}},
                  {"output", "response"},
                  {"redirect", true}});
  CHECK(request.method == "POST");
  CHECK(request.uri == "https://api.example/posts?a=1&q=a%26b%20%C3%BC&tag=x&tag=y");
  CHECK(header(request, "X-Number") == "7");
  CHECK(header(request, "X-Nothing").empty());
  CHECK(header(request, "Content-Type") == "application/json");
  CHECK(header(request, "Idempotency-Key") == "key-1");
  CHECK(request.body == R"({"text":"hi"})");
  CHECK(request.output == Output::response);
  CHECK(request.redirect);
}

TEST_CASE("a task's own headers go before those that are added", "[http_call]") {
  const auto request = request_of(
      {{"headers", {{"idempotency-key", "mine"}, {"content-type", "text/csv"}}}, {"body", "a,b"}});
  CHECK(header(request, "Idempotency-Key").empty());
  CHECK(header(request, "idempotency-key") == "mine");
  CHECK(header(request, "Content-Type").empty());
  CHECK(request.body == "a,b");
  CHECK(header(request_of({{"body", "text"}}), "Content-Type") == "text/plain; charset=utf-8");
  CHECK_FALSE(request_of({{"method", "GET"}}).has_body);
}

TEST_CASE("basic, digest and bearer credentials are taken", "[http_call]") {
  auto basic = request_of({});
  REQUIRE(add_credentials({{"basic", {{"username", "u"}, {"password", "p"}}}}, basic));
  CHECK(basic.credentials.scheme == Credentials::Scheme::basic);
  CHECK(basic.credentials.username == "u");
  CHECK(basic.credentials.password == "p");
  auto digest = request_of({});
  REQUIRE(add_credentials({{"digest", {{"username", "u"}, {"password", 1234}}}}, digest));
  CHECK(digest.credentials.scheme == Credentials::Scheme::digest);
  CHECK(digest.credentials.password == "1234");
  auto bearer = request_of({{"headers", {{"authorization", "old"}}}});
  REQUIRE(add_credentials({{"bearer", {{"token", "t"}}}}, bearer));
  CHECK(header(bearer, "Authorization") == "Bearer t");
  CHECK(header(bearer, "authorization").empty());
  REQUIRE(add_credentials({{"bearer", "a secret that is text"}}, bearer));
  CHECK(header(bearer, "Authorization") == "Bearer a secret that is text");
}

TEST_CASE("credentials that cannot be sent are refused", "[http_call]") {
  const Json wrong[] = {{{"digest", {{"password", "p"}}}},
                        {{"bearer", {{"token", "a\nb"}}}},
                        {{"bearer", Json::object()}},
                        {{"basic", "u:p"}},
                        {{"other", "x"}}};
  for (const auto& authentication : wrong) {
    INFO(authentication.dump());
    auto request = request_of({});
    const auto added = add_credentials(authentication, request);
    REQUIRE_FALSE(added);
    CHECK(added.error().code == Code::invalid);
  }
}

TEST_CASE("a form is sent as one where its Content-Type says so", "[http_call]") {
  const auto form =
      request_of({{"headers", {{"Content-Type", "application/x-www-form-urlencoded"}}},
                  {"body", {{"a b", "c&d"}, {"list", {1, 2}}, {"none", nullptr}}}});
  CHECK(form.body == "a%20b=c%26d&list=1&list=2");
  CHECK_FALSE(read_request({{"uri", "http://a/"},
                            {"headers", {{"Content-Type", "application/x-www-form-urlencoded"}}},
                            {"body", {{"a", {{"b", 1}}}}}},
                           ""));
}

TEST_CASE("arguments that make no request are refused", "[http_call]") {
  const Json wrong[] = {{{"method", "GET"}},
                        {{"uri", 7}},
                        {{"uri", ""}},
                        {{"uri", "file:///etc/passwd"}},
                        {{"uri", "ftp://api.example/"}},
                        {{"uri", "gopher://api.example/"}},
                        {{"uri", "api.example/posts"}},
                        {{"uri", "http://"}},
                        {{"uri", "http://api.example/\r\nX: y"}},
                        {{"uri", "http://a/"}, {"method", "GE T"}},
                        {{"uri", "http://a/"}, {"headers", {{"X", "a\r\nY: b"}}}},
                        {{"uri", "http://a/"}, {"headers", {{"X: y", "a"}}}},
                        {{"uri", "http://a/"}, {"headers", {{"X", {{"a", 1}}}}}},
                        {{"uri", "http://a/"}, {"query", {{"a", {{"b", 1}}}}}},
                        {{"uri", "http://a/"}, {"output", "all"}},
                        {{"uri", "http://a/"}, {"url", "http://b/"}},
                        Json::array(),
                        "http://a/"};
  for (const auto& arguments : wrong) {
    INFO(arguments.dump());
    const auto request = read_request(arguments, "key");
    REQUIRE_FALSE(request);
    CHECK(request.error().code == Code::invalid);
  }
}

TEST_CASE("a URI is shown without what may be secret", "[http_call]") {
  CHECK(shown_uri("https://u:p@api.example/a?token=x#y") == "https://api.example/a");
  CHECK(shown_uri("https://api.example/a@b") == "https://api.example/a@b");
  CHECK(shown_uri("http://a@b") == "http://b");
}

TEST_CASE("content is JSON where the response says so, else text", "[http_call]") {
  const auto request = request_of({});
  const auto content = [&](const std::string& type, const std::string& body) {
    const auto outcome = read_response(request, answer_of(200, type, body));
    REQUIRE(outcome);
    return outcome->json();
  };
  CHECK(content("application/json; charset=utf-8", R"({"a": 1})") == Json{{"a", 1}});
  CHECK(content("application/problem+json", "[1]") == Json::array({1}));
  CHECK(content("text/plain", R"({"a": 1})") == R"({"a": 1})");
  CHECK(content("text/plain", "${ .secret }") == "${ .secret }");
  CHECK(content("application/json", "").is_null());
  CHECK(content("image/png", "\xff\xfe") == "//4=");
}

TEST_CASE("content that says it is JSON and is not is a fault", "[http_call]") {
  const std::string bodies[] = {"{", "\xff", std::string(100, '[')};
  for (const auto& body : bodies) {
    const auto outcome = read_response(request_of({}), answer_of(200, "application/json", body));
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().type == communication_error);
    CHECK(outcome.error().status == 502);
  }
}

TEST_CASE("a whole response hides secrets", "[http_call]") {
  const auto request = request_of({{"uri", "http://api.example/a?key=secret"},
                                   {"output", "response"},
                                   {"headers", {{"Authorization", "Bearer secret"}}}});
  auto response = answer_of(201, "application/json", R"({"id": 7})");
  response.headers["x-broken"] = "\xff";
  const auto outcome = read_response(request, response);
  REQUIRE(outcome);
  CHECK(outcome->json()["statusCode"] == 201);
  CHECK(outcome->json()["content"] == Json{{"id", 7}});
  CHECK(outcome->json()["headers"]["content-type"] == "application/json");
  CHECK(outcome->json()["request"]["method"] == "GET");
  CHECK(outcome->json().dump().find("secret") == std::string::npos);
}

TEST_CASE("raw output is base64", "[http_call]") {
  const auto outcome =
      read_response(request_of({{"output", "raw"}}), answer_of(200, "application/json", "hello"));
  REQUIRE(outcome);
  CHECK(outcome->json() == "aGVsbG8=");
  CHECK(base64("") == "");
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
}

TEST_CASE("a status that is no success is a fault with the body's beginning", "[http_call]") {
  const auto request = request_of({{"uri", "http://api.example/a?key=secret"}});
  auto response = answer_of(429, "text/plain", "slow\ndown " + std::string(1'000, 'x'));
  response.reason = "Too Many Requests";
  const auto outcome = read_response(request, response);
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().type == communication_error);
  CHECK(outcome.error().status == 429);
  CHECK(outcome.error().title == "Too Many Requests");
  CHECK(outcome.error().detail.find("slow down") != std::string::npos);
  CHECK(outcome.error().detail.find("secret") == std::string::npos);
  CHECK(outcome.error().detail.size() < 700);
  const auto binary = read_response(request, answer_of(500, "image/png", "\xff\xfe\xfd\xfc"));
  CHECK(binary.error().title == "HTTP status 500");
}

TEST_CASE("a redirect is a success only where redirects are allowed", "[http_call]") {
  CHECK_FALSE(read_response(request_of({}), answer_of(304, "text/plain", "")));
  CHECK(read_response(request_of({{"redirect", true}}), answer_of(304, "text/plain", "")));
  CHECK_FALSE(read_response(request_of({{"redirect", true}}), answer_of(400, "text/plain", "")));
  CHECK_FALSE(read_response(request_of({}), answer_of(101, "text/plain", "")));
}
