// Calls about several nodes at a time.
#include <algorithm>
#include <map>

#include "base/ids.hpp"
#include "runtime/http/await_all.hpp"
#include "runtime/http/problem.hpp"
#include "runtime/http/shapes.hpp"
#include "runtime/http/spread.hpp"
#include "runtime/http/uuid.hpp"

namespace endure::http {

namespace {

constexpr std::size_t most_starts_json = 1'000;
constexpr std::int64_t lease_slice_ms = 250;

Json json_of(const Result<Response>& response) {
  if (!response || response->status != 200) return {};
  return Json::parse(response->body, nullptr, false);
}

}  // namespace

// Asks the other nodes, then this one (`local`, unless it is empty), then waits for the others.
std::vector<Spread::Part> Spread::ask(const Call& call, std::vector<Question> questions,
                                      const std::function<Response()>& local) {
  const auto limit_ms = timeout_ms(call);
  auto cells = std::make_shared<ReplyCells<Response>>(questions.size());
  for (std::size_t i = 0; i < questions.size(); ++i) {
    fellows_.ask(questions[i].node, questions[i].request, limit_ms,
                 [cells, i](Result<Response> r) { cells->set(i, std::move(r)); });
  }
  std::vector<Part> parts;
  if (local) parts.push_back({fellows_.self(), local(), {}});
  if (!questions.empty()) {
    const Patience patience{limit_ms + 1'000, call.request.abandoned};
    auto arrived = cells->wait(patience);
    for (std::size_t i = 0; i < questions.size(); ++i) {
      Result<Response> response =
          arrived[i] ? std::move(*arrived[i]) : Result<Response>(no_answer(patience));
      parts.push_back({questions[i].node, std::move(response), {}});
    }
  }
  for (auto& part : parts) part.json = json_of(part.response);
  return parts;
}

std::vector<Spread::Part> Spread::ask_all(const Route& route, Call& call) {
  std::vector<Question> questions;
  for (auto& node : fellows_.others()) questions.push_back({node, passed_on(call.request)});
  return ask(call, std::move(questions), [&] { return route.handler(call); });
}

std::vector<Spread::Part> Spread::ask_each(const Route& route, Call& call,
                                           std::map<std::string, Json> bodies) {
  std::vector<Question> questions;
  std::function<Response()> local;
  for (auto& [node, body] : bodies) {
    if (node == fellows_.self()) {
      call.body = Arguments(std::move(body));
      local = [&] { return route.handler(call); };
    } else {
      Request request = passed_on(call.request);
      request.body = dump(body);
      questions.push_back({node, std::move(request)});
    }
  }
  return ask(call, std::move(questions), local);
}

// -- many starts --------------------------------------------------------------------

Response Spread::starts(const Route& route, Call& call) {
  auto items = call.body.take_list("items");
  if (items.empty() || items.size() > std::min(services_.limits.max_starts, most_starts_json)) {
    call.body = Arguments(Json{{"items", std::move(items)}});
    return route.handler(call);  // which refuses it
  }
  std::map<std::string, std::vector<std::size_t>> by_node;
  for (std::size_t i = 0; i < items.size(); ++i) {
    Json& item = items[i];
    std::string node = fellows_.self();  // where something is wrong with it
    if (item.is_object()) {
      if (!item.contains("id") || item["id"].is_null())
        item["id"] = new_uuid(services_.clock.now());
      const auto ns = item.contains("namespace") ? item["namespace"] : Json("default");
      if (ns.is_string() && item["id"].is_string()) {
        node = node_of(shard_of({ns.get<std::string>(), item["id"].get<std::string>()}));
      }
    }
    by_node[node].push_back(i);
  }
  std::map<std::string, Json> bodies;
  for (const auto& [node, indexes] : by_node) {
    Json list = Json::array();
    for (const auto i : indexes) list.push_back(std::move(items[i]));
    bodies[node] = {{"items", std::move(list)}};
  }
  std::vector<Json> answers(items.size());
  std::size_t refused = 0;
  for (auto& part : ask_each(route, call, std::move(bodies))) {
    const auto& indexes = by_node[part.node];
    const bool whole = part.json.is_object() && part.json.contains("items") &&
                       part.json["items"].size() == indexes.size();
    Json error;
    if (!part.response) {
      error = problem_document(part.response.error());
      error["node"] = part.node;
    } else if (!whole) {
      error = Json::parse(part.response->body, nullptr, false);
    }
    for (std::size_t k = 0; k < indexes.size(); ++k) {
      answers[indexes[k]] = whole ? std::move(part.json["items"][k]) : Json{{"error", error}};
      if (answers[indexes[k]].contains("error")) ++refused;
    }
  }
  return json_response(200, {{"items", std::move(answers)}, {"refused", refused}});
}

// -- steps --------------------------------------------------------------------------

Response Spread::heartbeat(const Route& route, Call& call) {
  const Json* tokens = call.body.find("tokens");
  std::map<std::string, Json> bodies;
  for (const auto& text : *tokens) {
    std::string node = fellows_.self();
    if (text.is_string()) {
      const auto token = actors::token_from(text.get<std::string>());
      if (token) node = node_of(Numbering::shard(token->key.workflow));
    }
    bodies[node]["tokens"].push_back(text);
  }
  if (bodies.empty()) return route.handler(call);
  Json lost = Json::array();
  for (auto& part : ask_each(route, call, std::move(bodies))) {
    if (!part.response) return away({Code::retry_later, part.response.error().what, part.node});
    if (part.response->status != 200) return std::move(*part.response);
    for (auto& token : part.json["lost"]) lost.push_back(std::move(token));
  }
  return json_response(200, {{"lost", std::move(lost)}});
}

// From this node while it has some; else from the others in turn.
Response Spread::lease(const Route& route, Call& call) {
  const std::int64_t wait_ms = call.body.integer("wait_ms").value_or(0);
  const std::int64_t until_ms = services_.clock.steady_ms() + wait_ms;
  auto json = parse_json(call.request.body, services_.limits.max_depth);
  if (!json) return problem(json.error());
  const auto has_steps = [](const Response& response) {
    const auto answer = Json::parse(response.body, nullptr, false);
    return response.status != 200 || !answer.is_object() || !answer.contains("steps") ||
           !answer["steps"].empty();
  };
  for (;;) {
    const std::int64_t left_ms = until_ms - services_.clock.steady_ms();
    (*json)["wait_ms"] = std::clamp<std::int64_t>(left_ms, 0, lease_slice_ms);
    call.body = Arguments(*json);
    Response own = route.handler(call);
    if (has_steps(own)) return own;
    (*json)["wait_ms"] = 0;
    Request request = passed_on(call.request);
    request.body = dump(*json);
    for (const auto& node : fellows_.others()) {
      auto theirs = await<Response>(
          {services_.limits.call_deadline_ms, call.request.ending}, [&](auto reply) {
            fellows_.ask(node, request, services_.limits.call_deadline_ms, std::move(reply));
          });
      if (theirs && theirs->status == 200 && has_steps(*theirs)) return std::move(*theirs);
    }
    if (services_.clock.steady_ms() >= until_ms || call.request.ending.stop_requested()) return own;
  }
}

}  // namespace endure::http
