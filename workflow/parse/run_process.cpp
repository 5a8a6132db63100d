#include "workflow/parse/run_process.hpp"

#include <algorithm>
#include <utility>

#include "workflow/parse/duration.hpp"
#include "workflow/parse/names.hpp"
#include "workflow/parse/runtime_expression.hpp"

namespace endure::workflow::parse {

namespace {

// Collects the members of the request.
class Request {
 public:
  void add(std::string key, Template value) {
    members_.push_back({std::move(key), std::move(value)});
  }
  void add(std::string key, std::optional<Template> value) {
    if (value) add(std::move(key), *std::move(value));
  }
  Template take() { return Template{std::move(members_)}; }

 private:
  Template::Object members_;
};

bool is_variable_name(const std::string& name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && letter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

void check_variable(Context& context, const Node& node, const std::string& name) {
  if (!is_variable_name(name)) {
    context.problems.add(node.pointer, shown(name) +
                                           " cannot name an environment variable; expected "
                                           "letters, digits and `_`, and no digit first");
  } else if (name.starts_with("ENDURE_")) {
    context.problems.add(node.pointer, shown(name) +
                                           " is kept for the node; choose a name that "
                                           "does not begin with `ENDURE_`");
  }
}

std::optional<Template> read_environment(Context& context, const std::optional<Node>& node) {
  if (!node) return std::nullopt;
  Fields fields(context, *node, "environment variables by name");
  if (!fields.is_object()) return std::nullopt;
  for (const auto& [name, value] : node->json().items()) {
    const Node member = node->member(name);
    check_variable(context, member, name);
    if (value.is_string() || value.is_number() || value.is_boolean()) continue;
    context.problems.add(member.pointer,
                         "expected text, a number or a truth value, found " + type_name(value));
  }
  return read_template(context, *node);
}

std::optional<Template> read_arguments_list(Context& context, const std::optional<Node>& node) {
  if (!node || !check_list(context, *node, "a list of texts")) return std::nullopt;
  for (std::size_t i = 0; i < node->json().size(); ++i) {
    read_text(context, node->item(i), "text (an argument)");
  }
  return read_template(context, *node);
}

// What every process has.
void read_process(Context& context, Fields& fields, Request& request) {
  if (const auto input = fields.take("stdin")) {
    request.add("stdin", read_text_template(context, *input, "text, or `${ … }`"));
  }
  request.add("arguments", read_arguments_list(context, fields.take("arguments")));
  request.add("environment", read_environment(context, fields.take("environment")));
}

void add_command(Context& context, const std::optional<Node>& node, Request& request) {
  if (!node) return;
  Template::Array values;
  request.add("command", read_command(context, *node, values));
  if (!values.empty()) request.add("values", Template{std::move(values)});
}

// `file://…` as the path that it names.
std::optional<std::string> read_file_uri(Context& context, const Node& node) {
  const auto text = read_text(context, node, "text (a URI, file://…)");
  if (!text) return std::nullopt;
  constexpr std::string_view scheme = "file://";
  const std::string path = text->starts_with(scheme) ? text->substr(scheme.size()) : "";
  if (!path.empty() && path.front() == '/' && path.find('\0') == std::string::npos) return path;
  context.problems.add(node.pointer,
                       shown(*text) +
                           " cannot be run: a script comes from `code`, or from a file "
                           "(`file:///…`) below run.script_folder of the node");
  return std::nullopt;
}

void read_source(Context& context, const Node& node, Request& request) {
  Fields fields(context, node, "`source`");
  if (const auto name = fields.take("name")) read_text(context, *name, "text");
  if (const auto endpoint = fields.require("endpoint", "file://…, or {uri: file://…}")) {
    std::optional<std::string> path;
    if (endpoint->json().is_object()) {
      Fields inner(context, *endpoint, "an endpoint");
      if (const auto uri = inner.require("uri", "file://…")) path = read_file_uri(context, *uri);
      inner.unsupported("authentication", "`authentication` of a file");
      inner.finish();
    } else {
      path = read_file_uri(context, *endpoint);
    }
    if (path) request.add("source", constant(*std::move(path)));
  }
  fields.finish();
}

// "published on the host": "in the container".
std::optional<Template> read_ports(Context& context, const std::optional<Node>& node) {
  if (!node) return std::nullopt;
  Fields fields(context, *node, "ports of the host with those of the container");
  if (!fields.is_object()) return std::nullopt;
  const auto is_port = [](const Json& value) {
    if (value.is_number_integer()) {
      return value.get<std::int64_t>() > 0 && value.get<std::int64_t>() < 65'536;
    }
    if (!value.is_string()) return false;
    const auto& text = value.get_ref<const std::string&>();
    return !text.empty() && text.size() <= 64 && text.front() != '-' &&
           text.find_first_not_of("0123456789.:-/tcpud") == std::string::npos;
  };
  for (const auto& [host, inside] : node->json().items()) {
    if (is_port(Json(host)) && is_port(inside)) continue;
    context.problems.add(node->below(host),
                         "expected a port of the host with one of the "
                         "container, such as `8080: 80`");
  }
  return read_template(context, *node);
}

std::optional<Template> read_volumes(Context& context, const std::optional<Node>& node) {
  if (!node) return std::nullopt;
  Fields fields(context, *node, "paths or volumes of the host with paths in the container");
  if (!fields.is_object()) return std::nullopt;
  for (const auto& [host, inside] : node->json().items()) {
    const bool good = !host.empty() && host.find(':') == std::string::npos && inside.is_string() &&
                      inside.get_ref<const std::string&>().starts_with('/');
    if (good) continue;
    context.problems.add(node->below(host),
                         "expected a path or volume of the host with an "
                         "absolute path in the container, such as "
                         "`/srv/data: /data`");
  }
  return read_template(context, *node);
}

void read_lifetime(Context& context, const Node& node, Request& request) {
  Fields fields(context, node, "`lifetime`");
  std::size_t cleanup = 0;
  const std::vector<std::string> policies = {"never", "always", "eventually"};
  if (const auto policy = fields.require("cleanup", "never, always or eventually")) {
    cleanup = read_choice(context, *policy, policies).value_or(0);
  }
  request.add("cleanup", constant(policies[cleanup]));
  const auto after = fields.take("after");
  if (after) {
    const auto ms = read_constant_duration(context, *after);
    if (ms && policies[cleanup] == "eventually") request.add("after_ms", constant(*ms));
  } else if (policies[cleanup] == "eventually") {
    context.problems.add(node.pointer, "`cleanup: eventually` needs `after`: expected a duration");
  }
  fields.finish();
}

}  // namespace

RunProcessTask parse_run_shell(Context& context, const Node& node) {
  RunProcessTask body;
  Request request;
  Fields fields(context, node, "`shell`");
  add_command(context, fields.require("command", "the command to run"), request);
  read_process(context, fields, request);
  fields.finish();
  body.request = request.take();
  return body;
}

RunProcessTask parse_run_script(Context& context, const Node& node) {
  RunProcessTask body;
  Request request;
  Fields fields(context, node, "`script`");
  if (const auto language = fields.require("language", "js or python")) {
    using Kind = RunProcessTask::Kind;
    const auto choice = read_choice(context, *language, {"js", "javascript", "python"});
    body.kind = choice == std::size_t{2} ? Kind::python : Kind::javascript;
  }
  const auto code = fields.take("code");
  const auto source = fields.take("source");
  if (code && source) {
    context.problems.add(node.pointer, "a script has `code` or `source`, not both");
  } else if (code) {
    if (read_text(context, *code, "text (the script)")) {
      request.add("code", read_template(context, *code));
    }
  } else if (source) {
    read_source(context, *source, request);
  } else if (fields.is_object()) {
    context.problems.add(node.pointer, "a script needs its `code`, or a `source` to read it from");
  }
  read_process(context, fields, request);
  fields.finish();
  body.request = request.take();
  return body;
}

RunProcessTask parse_run_container(Context& context, const Node& node) {
  RunProcessTask body;
  body.kind = RunProcessTask::Kind::container;
  Request request;
  Fields fields(context, node, "`container`");
  if (const auto image = fields.require("image", "the name of an image")) {
    const auto text = read_text(context, *image, "text (an image)");
    if (text && (text->empty() || text->front() == '-')) {
      context.problems.add(image->pointer, shown(*text) + " cannot be the name of an image");
    }
    request.add("image", read_template(context, *image));
  }
  if (const auto name = fields.take("name")) {
    request.add("name", read_text_template(context, *name, "text, or `${ … }`"));
  }
  add_command(context, fields.take("command"), request);
  request.add("ports", read_ports(context, fields.take("ports")));
  request.add("volumes", read_volumes(context, fields.take("volumes")));
  if (const auto pull = fields.take("pullPolicy")) {
    const std::vector<std::string> policies = {"ifNotPresent", "always", "never"};
    request.add("pull", constant(policies[read_choice(context, *pull, policies).value_or(0)]));
  }
  if (const auto lifetime = fields.take("lifetime")) read_lifetime(context, *lifetime, request);
  read_process(context, fields, request);
  fields.finish();
  body.request = request.take();
  return body;
}

}  // namespace endure::workflow::parse
