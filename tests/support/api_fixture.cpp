#include "tests/support/api_fixture.hpp"

#include <utility>

namespace endure::testing {

ApiFixture::ApiFixture(http::ApiConfig config)
    : api(std::move(config), engine, *store, expressions, clock) {}

ApiFixture::~ApiFixture() = default;

http::Response ApiFixture::call(const std::string& method, const std::string& target,
                                const std::string& body,
                                std::map<std::string, std::string> headers) {
  http::Request request;
  request.method = method;
  request.target = target;
  request.body = body;
  request.headers = std::move(headers);
  request.headers.try_emplace("host", "127.0.0.1:7450");
  request.ending = ending.get_token();
  request.abandoned = abandoned.get_token();
  return api.handle(request);
}

void ApiFixture::commit(const std::vector<persistence::Change>& changes) {
  std::vector<Result<void>> results(changes.size());
  REQUIRE(store->commit(changes, results));
  for (const auto& result : results) REQUIRE(result.has_value());
}

persistence::StepKey ApiFixture::store_dead_letter(WorkflowNumber number,
                                                   const std::string& queue) {
  auto snapshot = persistence::sample_snapshot(number, 1);
  auto created = persistence::transition_to(snapshot);
  const auto key = persistence::sample_step_key(number, 1, queue);
  created.enqueue = {persistence::sample_step(key)};
  commit({created});
  auto buried = persistence::transition_to(persistence::sample_snapshot(number, 2), &snapshot);
  buried.bury_steps = {{key, {"uri", 503, "Down", "it is down", ""}, Instant{9'000}}};
  commit({buried});
  return key;
}

nlohmann::json json_of(const http::Response& response) {
  return nlohmann::json::parse(response.body);
}

std::string header_of(const http::Response& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

std::string problem_detail(const http::Response& response, int status, const std::string& code) {
  INFO(response.body);
  CHECK(response.status == status);
  CHECK(response.content_type == "application/problem+json");
  const auto json = json_of(response);
  CHECK(json.at("status") == status);
  CHECK(json.at("code") == code);
  CHECK(json.at("type") == "/problems/" + code);
  CHECK_FALSE(json.at("title").get<std::string>().empty());
  return json.at("detail").get<std::string>();
}

}  // namespace endure::testing
