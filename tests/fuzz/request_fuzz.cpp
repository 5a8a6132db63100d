// Any bytes as a request: "METHOD target", a line a header, an empty line, the body. The answer
// must be one of HTTP: JSON where it says so, a problem document where something is wrong, never a
// failure of the node's own, and none of its insides.
//
// An engine without threads and a store in memory stand behind it. They live for some executions,
// so that requests meet what others left; a finding tells all of them.
#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/log.hpp"
#include "base/utf8.hpp"
#include "runtime/http/api.hpp"
#include "runtime/http/url.hpp"
#include "runtime/worker_queue.hpp"
#include "tests/fuzz/plain_expressions.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/support/fake_engine.hpp"
#include "tests/support/transitions.hpp"

namespace {

using namespace endure;
using namespace endure::testing;
using workflow::Json;

constexpr std::size_t renewed_after = 1'000;  // executions
constexpr const char* token = "secret-token";

http::ApiConfig config_of(bool guarded) {
  http::ApiConfig config;
  if (guarded) config.guard.tokens = {token};
  config.limits.max_body_bytes = 2'048;
  config.limits.max_query_bytes = 256;
  config.limits.max_lease_steps = 4;
  config.limits.max_heartbeat_tokens = 4;
  config.limits.max_starts = 4;
  config.limits.max_page = 10;
  return config;
}

// A node with some of everything.
struct Node {
  Node() {
    ending.request_stop();  // a long poll ends at once
    for (WorkflowNumber number = 1; number <= 3; ++number) store_workflow(number);
    engine.push_step(make_step("enrich", 7));
    actors::QueueView queue;
    queue.queue = "enrich";
    engine.put_queue(queue);
    actors::ScheduleView schedule;
    schedule.row.ns = "test";
    schedule.row.name = "sample";
    engine.put_schedule(schedule);
    const auto definition = workflow::parse_definition(
        "document: { dsl: '1.0.3', namespace: test, name: sample, version: '1.0.0' }\n"
        "do:\n  - enrich: { call: enrich }\n",
        expressions, {});
    require(definition.has_value(), "the sample is no definition");
    engine.put_definition(*definition);
  }

  // w-1 waits with a dead letter, w-2 runs, w-3 has completed.
  void store_workflow(WorkflowNumber number) {
    const auto phase = std::array{workflow::Phase::waiting, workflow::Phase::running,
                                  workflow::Phase::completed}[number - 1];
    auto snapshot = persistence::sample_snapshot(number, 1, phase, "NEW");
    auto created = persistence::transition_to(snapshot);
    const auto key = persistence::sample_step_key(number, 1, "enrich");
    if (number == 1) created.enqueue = {persistence::sample_step(key)};
    commit(created);
    if (number == 1) {
      const auto before = snapshot;
      snapshot = persistence::sample_snapshot(number, 2, phase, "NEW");
      auto buried = persistence::transition_to(snapshot, &before);
      buried.bury_steps = {{key, {"uri", 503, "Down", "it is down", ""}, Instant{9'000}}};
      commit(buried);
    }
    engine.put_workflow({persistence::summary_of(snapshot), snapshot});
  }
  void commit(const persistence::Transition& transition) {
    const std::vector<persistence::Change> changes{transition};
    std::vector<Result<void>> results(1);
    require(store->commit(changes, results).has_value() && results[0].has_value(),
            "a sample is not taken");
  }

  FakeEngine engine;
  std::unique_ptr<persistence::Store> store = persistence::make_memory_store();
  PlainExpressions expressions;
  ManualClock clock;
  std::stop_source ending;
  http::Api api{config_of(false), engine, *store, expressions, clock};
  http::Api guarded{config_of(true), engine, *store, expressions, clock};
  std::vector<std::string> inputs;  // since it was made
};

std::string_view next_line(std::string_view& rest) {
  const auto end = std::min(rest.find('\n'), rest.size());
  const auto line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

http::Request request_from(std::string_view rest) {
  http::Request request;
  const auto first = next_line(rest);
  const auto space = std::min(first.find(' '), first.size());
  request.method = first.substr(0, space);
  request.target = first.substr(std::min(space + 1, first.size()));
  request.headers["host"] = "127.0.0.1:7450";
  while (!rest.empty()) {
    const auto line = next_line(rest);
    if (line.empty()) break;
    const auto colon = std::min(line.find(':'), line.size());
    std::string name(line.substr(0, colon));
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    auto value = line.substr(std::min(colon + 1, line.size()));
    while (value.starts_with(' ')) value.remove_prefix(1);
    request.headers[std::move(name)] = value;
  }
  request.body = rest;
  return request;
}

// -- what must hold of every answer ---------------------------------------------------

class Judge {
 public:
  Judge(const Node& node, const http::Request& request, const http::Response& response)
      : node_(node), request_(request), response_(response) {}

  void judge(bool guarded) const {
    const int status = response_.status;
    hold(status >= 200 && status <= 599, "a status that HTTP does not have");
    if (status >= 500) hold(is_meant(), "the node failed");
    const bool is_problem = response_.content_type == "application/problem+json";
    // A readiness probe and metrics say what they say in their own words.
    hold(status < 400 || is_problem || response_.body.empty(), "an error that is no problem");
    if (is_problem) judge_problem();
    if (response_.content_type == "application/json") hold(is_json(), "a body that is no JSON");
    for (const auto& [name, value] : response_.headers) {
      const bool one_line = std::none_of(value.begin(), value.end(), [](char c) {
        const auto u = static_cast<unsigned char>(c);
        return u < 0x20 || u == 0x7f;
      });
      hold(one_line, "a header with a control character");
    }
    if (guarded) judge_guard();
  }

 private:
  void hold(bool holds, std::string_view what) const {
    if (holds) return;
    for (const auto& input : node_.inputs) std::cerr << InHex{input} << '\n';
    require(
        false, what,
        node_.inputs.back() + "\n-> " + std::to_string(response_.status) + " " + response_.body);
  }

  bool is_meant() const {
    if (response_.status == 501) return !request_.header("transfer-encoding").empty();
    return response_.status == 503 && (response_.body.find("retry_later") != std::string::npos ||
                                       request_.target.find("readyz") != std::string::npos);
  }

  // Large documents are the same each time.
  bool is_json() const {
    static std::unordered_set<std::string> large;
    const auto& body = response_.body;
    if (body.size() < 16'384) return Json::accept(body);
    if (large.contains(body)) return true;
    if (!Json::accept(body)) return false;
    if (large.size() < 16) large.insert(body);
    return true;
  }

  void judge_problem() const {
    const auto document = Json::parse(response_.body, nullptr, false);
    hold(document.is_object(), "a problem that is no JSON object");
    for (const auto* name : {"type", "title", "detail", "code"}) {
      hold(document.contains(name) && document[name].is_string() &&
               !document[name].get_ref<const std::string&>().empty(),
           "a problem without one of its members");
    }
    hold(document.value("status", 0) == response_.status, "a problem of another status");
    hold(document["type"] == "/problems/" + document["code"].get<std::string>(),
         "a problem of another type");
    // What a library or the language says is not for strangers, unless they said it first.
    for (const std::string_view inside :
         {"json.exception", "std::", "basic_string", "bad_alloc", "_M_", "at()", "endure::"}) {
      hold(response_.body.find(inside) == std::string::npos ||
               node_.inputs.back().find(inside) != std::string::npos,
           "a problem that shows the node's insides");
    }
  }

  // Without a token nothing is told but where it is meant to be.
  void judge_guard() const {
    if (request_.header("authorization").find(token) != std::string_view::npos) return;
    if (response_.status == 401 || response_.status == 403) return;
    std::string path;
    if (const auto url = http::parse_target(request_.target)) {
      for (const auto& segment : url->segments) path += "/" + segment;
    }
    const auto& routes = node_.guarded.routes();
    hold(std::any_of(
             routes.begin(), routes.end(),
             [&](const http::Route& route) { return !route.needs_token && route.pattern == path; }),
         "a call without its token was answered");
  }

  const Node& node_;
  const http::Request& request_;
  const http::Response& response_;
};

void check_engine(const Node& node) {
  for (const auto& failed : node.engine.calls().failed) {
    require(failed.failure.retry_after_ms.value_or(0) <= longest_retry_ms,
            "a step that waits for longer than a day");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static std::unique_ptr<Node> node;
  if (!node || node->inputs.size() == renewed_after) {
    set_log_sink([](Level, std::string_view, std::span<const Field>) {});
    if (node) check_engine(*node);
    node = std::make_unique<Node>();
  }
  node->inputs.emplace_back(reinterpret_cast<const char*>(data), size);
  auto request = request_from(node->inputs.back());
  request.ending = node->ending.get_token();
  const bool guarded = request.headers.contains("authorization");
  auto& api = guarded ? node->guarded : node->api;
  const auto refusal = api.refuse(request);  // as the server does, before it reads a body
  const auto response = refusal ? *refusal : api.handle(request);
  Judge(*node, request, response).judge(guarded);
  node->clock.advance_ms(1);
  return 0;
}
