// The HTTP API over a fake engine and a store in memory, called without a socket.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "persistence/store.hpp"
#include "runtime/http/api.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fake_engine.hpp"
#include "tests/support/transitions.hpp"

namespace endure::testing {

// Takes every text for a jq program that gives null; enough to read definitions.
class NoExpressions final : public workflow::Expressions {
 public:
  Result<workflow::Value> evaluate(const workflow::Expression&, const workflow::Scope&) override {
    return workflow::Value();
  }
  Result<workflow::Expression> compile(const std::string& text) override {
    workflow::Expression expression;
    expression.kind = workflow::Expression::Kind::program;
    expression.text = text;
    return expression;
  }
};

inline http::ApiConfig quick_config() {
  http::ApiConfig config;
  config.limits.call_deadline_ms = 50;  // an engine that does not answer is not waited for
  return config;
}

struct ApiFixture {
  using Json = nlohmann::json;

  explicit ApiFixture(http::ApiConfig config = quick_config());
  ~ApiFixture();

  http::Response call(const std::string& method, const std::string& target,
                      const std::string& body = {},
                      std::map<std::string, std::string> headers = {});
  http::Response get(const std::string& target) { return call("GET", target); }
  http::Response post(const std::string& target, const Json& body) {
    return call("POST", target, body.dump());
  }

  // Stores what a commit holds; every change must be taken.
  void commit(const std::vector<persistence::Change>& changes);
  // A workflow with one dead letter on `queue`; its key.
  persistence::StepKey store_dead_letter(WorkflowNumber number, const std::string& queue);

  FakeEngine engine;
  std::unique_ptr<persistence::Store> store = persistence::make_memory_store();
  NoExpressions expressions;
  ManualClock clock;
  std::stop_source ending;
  std::stop_source abandoned;
  http::Api api;
};

nlohmann::json json_of(const http::Response& response);

// The header's value, or an empty text.
std::string header_of(const http::Response& response, const std::string& name);

// Checks that a response is a problem document of this status and code; returns its detail.
std::string problem_detail(const http::Response& response, int status, const std::string& code);

inline bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace endure::testing
