// Lists and figures of all nodes as one.
#include <algorithm>
#include <deque>
#include <iterator>

#include "base/percent.hpp"
#include "runtime/http/problem.hpp"
#include "runtime/http/shapes.hpp"
#include "runtime/http/spread.hpp"
#include "runtime/http/url.hpp"
#include "runtime/http/workflow_filter.hpp"

namespace endure::http {

namespace {

using Failures = std::vector<std::pair<std::string, Error>>;

// A cursor of several nodes: each node and its own cursor, `~NODE=CURSOR…`; an empty one: that node
// has no more. Nodes that are not named begin at their beginning.
using Cursors = std::map<std::string, std::string>;

std::string write_cursors(const Cursors& cursors) {
  std::string text;
  for (const auto& [node, cursor] : cursors) text += "~" + node + "=" + cursor;
  return text;
}

Result<Cursors> read_cursors(const std::optional<std::string>& text) {
  Cursors cursors;
  if (!text) return cursors;
  const auto refuse = [] {
    return fail(Code::invalid, "the cursor is not one that a page before gave", "cursor");
  };
  std::string_view rest = *text;
  if (!rest.starts_with('~')) return refuse();
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const auto end = std::min(rest.find('~'), rest.size());
    const auto item = rest.substr(0, end);
    const auto equals = item.find('=');
    if (equals == item.npos) return refuse();
    cursors.emplace(item.substr(0, equals), item.substr(equals + 1));
    rest.remove_prefix(end);
  }
  return cursors;
}

// The target with these values of the query instead of its own.
std::string with_query(const std::string& target,
                       const std::map<std::string, std::optional<std::string>>& changes) {
  const auto url = parse_target(target);
  std::string out = target.substr(0, target.find('?'));
  char separator = '?';
  const auto add = [&](const std::string& name, const std::string& value) {
    out += separator + percent_encoded(name) + "=" + percent_encoded(value);
    separator = '&';
  };
  if (url) {
    for (const auto& [name, value] : url->query) {
      if (!changes.contains(name)) add(name, value);
    }
  }
  for (const auto& [name, value] : changes) {
    if (value) add(name, *value);
  }
  return out;
}

// The query that this node's handler gets.
Arguments changed(const Arguments& query, const std::vector<Field>& fields,
                  const std::map<std::string, std::optional<std::string>>& changes) {
  Json out = Json::object();
  for (const auto& field : fields) {
    const std::string name(field.name);
    const auto change = changes.find(name);
    if (change != changes.end()) {
      if (change->second && field.type == Field::Type::integer) {
        out[name] = std::stoll(*change->second);
      } else if (change->second) {
        out[name] = *change->second;
      }
    } else if (const Json* value = query.find(field.name)) {
      out[name] = *value;
    }
  }
  return Arguments(std::move(out));
}

std::string text_of(const Json& json, const char* name) {
  return json.contains(name) && json[name].is_string() ? json[name].get<std::string>() : "";
}

// An answer that nobody can make up for: the call itself is wrong.
template <class Parts>
const Response* refusal_of(const Parts& parts) {
  for (const auto& part : parts) {
    if (part.response && part.response->status >= 400 && part.response->status < 500) {
      return &*part.response;
    }
  }
  return nullptr;
}

template <class Parts>
Failures failures_of(const Parts& parts) {
  Failures failures;
  for (const auto& part : parts) {
    if (!part.response) {
      failures.emplace_back(part.node, part.response.error());
    } else if (!part.json.is_object()) {
      const auto json = Json::parse(part.response->body, nullptr, false);
      const auto detail = json.is_object() ? text_of(json, "detail") : "";
      failures.emplace_back(part.node, Error{Code::retry_later, detail, ""});
    }
  }
  return failures;
}

Json with_missing(Json json, const Failures& failures) {
  if (!failures.empty()) json["missing"] = missing_of(failures);
  return json;
}

// Numbers are added; of times the oldest counts, of ages the greatest.
void add_figures(Json& sum, const Json& item) {
  for (const auto& [name, value] : item.items()) {
    Json& into = sum[name];
    if (into.is_null()) {
      into = value;
    } else if (name.ends_with("_age_ms") && value.is_number()) {
      into = std::max(into.get<std::int64_t>(), value.get<std::int64_t>());
    } else if (value.is_number()) {
      into = into.get<std::int64_t>() + value.get<std::int64_t>();
    } else if (value.is_boolean()) {
      into = into.get<bool>() && value.get<bool>();
    } else if (value.is_string() && into.is_string() && name == "oldest") {
      into = std::min(into.get<std::string>(), value.get<std::string>());
    }
  }
}

}  // namespace

// -- workflows, newest first --------------------------------------------------------

Response Spread::workflows(const Route& route, Call& call) {
  auto cursors = read_cursors(call.query.text("cursor"));
  if (!cursors) return problem(cursors.error());
  const auto limit = static_cast<std::size_t>(call.query.integer("limit").value_or(50));
  std::map<std::string, std::optional<std::string>> changes;
  std::string parent;  // its number, which only its own node knows
  if (const auto text = call.query.text("parent")) {
    const auto name = parent_name(*text, call.query.text("namespace").value_or("default"));
    Request look = passed_on(call.request);
    look.target = "/v1/workflows/" + percent_encoded(name.ns) + "/" + percent_encoded(name.id);
    const Shard shard = shard_of(name);
    const auto found = placed(shard, call, look, [&]() -> Response {
      const auto number = services_.store.find_workflow(name);
      if (!number) return problem(number.error());
      if (!*number) {
        return problem({Code::not_found, "there is no workflow " + name.ns + "/" + name.id, "id"});
      }
      return json_response(200, {{"number", **number}});
    });
    if (found.status != 200) return found;
    parent = std::to_string(Json::parse(found.body)["number"].get<std::uint64_t>());
  }
  const auto changes_for = [&](const std::string& node) {
    auto out = changes;
    const auto cursor = cursors->find(node);
    out["cursor"] = cursor == cursors->end() ? std::nullopt : std::optional(cursor->second);
    if (!parent.empty()) out["parent"] = "#" + parent;
    return out;
  };
  const auto has_more = [&](const std::string& node) {
    const auto cursor = cursors->find(node);
    return cursor == cursors->end() || !cursor->second.empty();
  };
  std::vector<Question> questions;
  for (const auto& node : fellows_.others()) {
    if (!has_more(node)) continue;
    Request request = passed_on(call.request);
    request.target = with_query(call.request.target, changes_for(node));
    questions.push_back({node, std::move(request)});
  }
  std::function<Response()> local;
  if (has_more(fellows_.self())) {
    call.query = changed(call.query, route.query, changes_for(fellows_.self()));
    local = [&] { return route.handler(call); };
  }
  auto parts = ask(call, std::move(questions), local);
  if (const auto* refusal = refusal_of(parts)) return *refusal;

  // The newest of the nodes' first ones, again and again; each node's stay in their order.
  struct Source {
    std::string node;
    std::deque<Json> items;
    std::string next;
    std::string last;
  };
  std::vector<Source> sources;
  for (auto& part : parts) {
    if (!part.json.is_object()) continue;
    Source source{part.node, {}, text_of(part.json, "next_cursor"), ""};
    for (auto& item : part.json["items"]) source.items.push_back(std::move(item));
    sources.push_back(std::move(source));
  }
  Json items = Json::array();
  while (items.size() < limit) {
    Source* newest = nullptr;
    for (auto& source : sources) {
      if (source.items.empty()) continue;
      if (newest == nullptr ||
          text_of(source.items.front(), "created") > text_of(newest->items.front(), "created")) {
        newest = &source;
      }
    }
    if (newest == nullptr) break;
    newest->last = std::to_string(newest->items.front()["number"].get<std::uint64_t>());
    items.push_back(std::move(newest->items.front()));
    newest->items.pop_front();
  }
  for (const auto& source : sources) {
    if (source.items.empty()) {
      (*cursors)[source.node] = source.next;
    } else if (!source.last.empty()) {
      (*cursors)[source.node] = source.last;
    }
  }
  const auto failures = failures_of(parts);
  bool more = false;
  for (const auto& source : sources) more = more || has_more(source.node);
  return json_response(
      200, with_missing({{"items", std::move(items)},
                         {"next_cursor", more ? Json(write_cursors(*cursors)) : Json()}},
                        failures));
}

// -- node by node -------------------------------------------------------------------

// A page is of one node or of several, first those of the first one.
Response Spread::one_after_the_other(const Route& route, Call& call) {
  auto cursors = read_cursors(call.query.text("cursor"));
  if (!cursors) return problem(cursors.error());
  const auto limit = call.query.integer("limit").value_or(50);
  auto nodes = fellows_.others();
  nodes.push_back(fellows_.self());
  std::sort(nodes.begin(), nodes.end());
  const Arguments query = call.query;
  Json items = Json::array();
  Failures failures;
  for (const auto& node : nodes) {
    const auto left = limit - static_cast<std::int64_t>(items.size());
    const auto cursor = cursors->find(node);
    if (cursor != cursors->end() && cursor->second.empty()) continue;
    if (left == 0) break;
    std::map<std::string, std::optional<std::string>> changes;
    changes["limit"] = std::to_string(left);
    changes["cursor"] = cursor == cursors->end() ? std::nullopt : std::optional(cursor->second);
    std::vector<Question> questions;
    std::function<Response()> local;
    if (node == fellows_.self()) {
      call.query = changed(query, route.query, changes);
      local = [&] { return route.handler(call); };
    } else {
      Request request = passed_on(call.request);
      request.target = with_query(call.request.target, changes);
      questions.push_back({node, std::move(request)});
    }
    auto parts = ask(call, std::move(questions), local);
    if (const auto* refusal = refusal_of(parts)) return *refusal;
    for (auto& failure : failures_of(parts)) {
      (*cursors)[node] = "";  // it is named; the next page goes on behind it
      failures.push_back(std::move(failure));
    }
    for (auto& part : parts) {
      if (!part.json.is_object()) continue;
      for (auto& item : part.json["items"]) items.push_back(std::move(item));
      (*cursors)[node] = text_of(part.json, "next_cursor");
    }
  }
  const bool more = std::any_of(nodes.begin(), nodes.end(), [&](const auto& node) {
    const auto cursor = cursors->find(node);
    return cursor == cursors->end() || !cursor->second.empty();
  });
  return json_response(
      200, with_missing({{"items", std::move(items)},
                         {"next_cursor", more ? Json(write_cursors(*cursors)) : Json()}},
                        failures));
}

// -- figures ------------------------------------------------------------------------

Response Spread::summed(const Route& route, Call& call, const char* key) {
  auto parts = ask_all(route, call);
  std::map<std::string, Json> sums;
  for (const auto& part : parts) {
    if (!part.json.is_object()) continue;
    for (const auto& item : part.json["items"]) add_figures(sums[text_of(item, key)], item);
  }
  Json items = Json::array();
  for (auto& [name, sum] : sums) items.push_back(std::move(sum));
  return json_response(200, with_missing({{"items", std::move(items)}}, failures_of(parts)));
}

// One queue: known where any node knows it. Pausing and resuming reach every node that is there.
Response Spread::queue(const Route& route, Call& call) {
  auto parts = ask_all(route, call);
  Json sum;
  for (const auto& part : parts) {
    if (part.json.is_object()) add_figures(sum, part.json);
  }
  if (sum.is_null()) {
    for (auto& part : parts) {
      if (part.response) return std::move(*part.response);
    }
    return away({Code::retry_later, parts.front().response.error().what, parts.front().node});
  }
  Failures failures;
  for (auto& failure : failures_of(parts)) {
    const auto part = std::find_if(parts.begin(), parts.end(),
                                   [&](const auto& p) { return p.node == failure.first; });
    if (part->response && part->response->status == 404) continue;  // it has never seen the queue
    failures.push_back(std::move(failure));
  }
  return json_response(200, with_missing(std::move(sum), failures));
}

Response Spread::redrive(const Route& route, Call& call) {
  auto parts = ask_all(route, call);
  std::uint64_t redriven = 0;
  bool more = false;
  bool any = false;
  for (const auto& part : parts) {
    if (!part.json.is_object()) continue;
    any = true;
    redriven += part.json["redriven"].get<std::uint64_t>();
    more = more || part.json["more"].get<bool>();
  }
  if (!any && parts.front().response) return std::move(*parts.front().response);
  Failures failures;
  for (auto& part : parts) {
    if (!part.response) failures.emplace_back(part.node, part.response.error());
  }
  return json_response(200, with_missing({{"redriven", redriven}, {"more", more}}, failures));
}

Response Spread::events(const Route& route, Call& call) {
  auto parts = ask_all(route, call);
  std::map<std::string, Json> sums;
  Json sinks = Json::array();
  for (const auto& part : parts) {
    if (!part.json.is_object()) continue;
    // Each node keeps every event for its own listeners: what is kept is counted once.
    for (const auto& item : part.json["items"]) {
      Json& sum = sums[text_of(item, "type")];
      const Json kept = sum.contains("kept") ? sum["kept"] : Json(0);
      add_figures(sum, item);
      sum["kept"] = std::max(kept.get<std::int64_t>(), item["kept"].get<std::int64_t>());
    }
    for (Json sink : part.json["sinks"]) {
      sink["node"] = part.node;
      sinks.push_back(std::move(sink));
    }
  }
  Json items = Json::array();
  for (auto& [type, sum] : sums) items.push_back(std::move(sum));
  return json_response(200, with_missing({{"items", std::move(items)}, {"sinks", std::move(sinks)}},
                                         failures_of(parts)));
}

Response Spread::schedules(const Route& route, Call& call) {
  auto parts = ask_all(route, call);
  Json items = Json::array();
  for (const auto& part : parts) {
    if (!part.json.is_object()) continue;
    for (const auto& item : part.json["items"]) items.push_back(item);
  }
  std::sort(items.begin(), items.end(), [](const Json& a, const Json& b) {
    return std::pair(text_of(a, "namespace"), text_of(a, "name")) <
           std::pair(text_of(b, "namespace"), text_of(b, "name"));
  });
  return json_response(200, with_missing({{"items", std::move(items)}}, failures_of(parts)));
}

// -- migrations ---------------------------------------------------------------------

// By ids: each node those that are its own. By a filter: a batch of every node at a time.
Response Spread::migration(const Route& route, Call& call) {
  auto cursors = read_cursors(call.body.text("cursor"));
  if (!cursors) return problem({Code::invalid, cursors.error().what, "/cursor"});
  auto body = call.request.body.empty() ? Result<Json>(Json::object())
                                        : parse_json(call.request.body, services_.limits.max_depth);
  if (!body) return problem(body.error());
  auto nodes = fellows_.others();
  nodes.push_back(fellows_.self());
  std::map<std::string, Json> bodies;
  if (const auto* ids = call.body.find("ids")) {
    for (const auto& id : *ids) {
      const auto text = id.is_string() ? id.get<std::string>() : "";
      const auto [own, fresh] = bodies.try_emplace(node_of(shard_of({call["ns"], text})), *body);
      if (fresh) own->second["ids"] = Json::array();
      own->second["ids"].push_back(id);
    }
  } else {
    for (const auto& node : nodes) {
      const auto cursor = cursors->find(node);
      if (cursor != cursors->end() && cursor->second.empty()) continue;
      Json own = *body;
      own.erase("cursor");
      if (cursor != cursors->end()) own["cursor"] = cursor->second;
      bodies.emplace(node, std::move(own));
    }
  }
  auto parts = ask_each(route, call, std::move(bodies));
  if (const auto* refusal = refusal_of(parts)) return *refusal;
  Json sum = {{"to", Json()}, {"dry_run", call.body.boolean("dry_run").value_or(false)},
              {"movable", 0}, {"moved", 0},
              {"refused", 0}, {"items", Json::array()}};
  bool more = false;
  for (auto& part : parts) {
    if (!part.json.is_object()) continue;
    sum["to"] = part.json["to"];
    sum["dry_run"] = part.json["dry_run"];
    for (const char* name : {"movable", "moved", "refused"}) {
      sum[name] = sum[name].get<std::uint64_t>() + part.json[name].get<std::uint64_t>();
    }
    for (auto& item : part.json["items"]) sum["items"].push_back(std::move(item));
    (*cursors)[part.node] = text_of(part.json, "next_cursor");
    more = more || !(*cursors)[part.node].empty();
  }
  sum["next_cursor"] = more ? Json(write_cursors(*cursors)) : Json();
  return json_response(200, with_missing(std::move(sum), failures_of(parts)));
}

}  // namespace endure::http
