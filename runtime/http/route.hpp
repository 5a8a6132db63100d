// A route: what it takes and how it is answered. The table of routes is the one truth from which
// requests are checked, /openapi.json is written and the documentation is tested.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/http/fields.hpp"
#include "runtime/http/message.hpp"

namespace endure::http {

// A request whose path, query and body have passed the route's checks.
struct Call {
  const Request& request;
  std::map<std::string, std::string> path;  // by parameter name
  Arguments query;
  Arguments body;  // BodyKind::fields

  const std::string& operator[](const std::string& path_parameter) const {
    return path.at(path_parameter);
  }
};

enum class BodyKind : std::uint8_t {
  none,         // a body is refused
  fields,       // a JSON object of the declared members; absent where none is required
  definition,   // a document in YAML or JSON, read by the handler
  cloud_event,  // structured JSON or binary mode, read by the handler
};

// Which nodes of a cluster a call concerns; see spread.hpp.
enum class Reach : std::uint8_t {
  node,       // the one that is asked
  workflow,   // the owner of the path's workflow
  schedule,   // the owner of the path's definition
  start,      // the owner of the body's workflow
  starts,     // those of the body's workflows
  step,       // the owner of the workflow of the body's token
  steps,      // those of the body's tokens
  lease,      // any that has a step
  dead_step,  // the owner of the workflow of the path's step
  // all of them, and how their answers become one:
  workflows,
  migration,
  queues,
  queue,
  dead,
  redrive,
  events,
  schedules
};

struct Route {
  std::string_view method;
  std::string_view pattern;    // "/v1/workflows/{ns}/{id}"
  std::string_view name = {};  // for metrics and OpenAPI: "show_workflow"
  std::string_view summary = {};
  Reach reach = Reach::node;
  BodyKind body_kind = BodyKind::none;
  std::vector<Field> body = {};
  std::vector<Field> query = {};
  std::vector<int> answers = {};  // statuses besides those that any call may get
  std::function<Response(Call&)> handler = {};
  bool needs_token = true;  // where tokens are configured
  // Refuses a call before its body is read as JSON; may be empty. Not asked in a cluster, where
  // the call may concern another node.
  std::function<std::optional<Response>()> refuse = {};
};

}  // namespace endure::http
