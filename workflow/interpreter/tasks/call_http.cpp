// call of http: a step on the node's own queue, whose arguments are the whole request.
#include "workflow/interpreter/tasks.hpp"
#include "workflow/interpreter/uri_template.hpp"

namespace endure::workflow::interpreter {
namespace {

constexpr const char* http_queue = "endure.http";

const char* output_name(CallHttpTask::Output output) {
  switch (output) {
    case CallHttpTask::Output::content: return "content";
    case CallHttpTask::Output::response: return "response";
    case CallHttpTask::Output::raw: return "raw";
  }
  return "content";
}

Evaluated<std::string> render_uri(const Machine& machine, const Branch& branch,
                                  const Template& endpoint) {
  const Value& input = branch.frames.back().input;
  auto rendered = machine.evaluator.render(endpoint, input, machine.top_site(branch));
  if (!rendered) return tl::make_unexpected(std::move(rendered).error());
  if (!(*rendered)->is_string()) {
    return tl::make_unexpected(
        standard_fault(Standard::expression, "The endpoint of an HTTP call must be a string."));
  }
  const auto& uri = (*rendered)->get_ref<const std::string&>();
  // What an expression gave is data: braces in it are no variables.
  if (!std::holds_alternative<Value>(endpoint.node)) return uri;
  auto expanded = expand_uri(uri, input.json());
  if (!expanded) {
    return tl::make_unexpected(standard_fault(Standard::expression, expanded.error().what));
  }
  return *std::move(expanded);
}

Evaluated<Json> render_request(const Machine& machine, const Branch& branch,
                               const CallHttpTask& task) {
  auto uri = render_uri(machine, branch, task.endpoint);
  if (!uri) return tl::make_unexpected(std::move(uri).error());
  Json request{{"method", task.method},
               {"uri", *std::move(uri)},
               {"output", output_name(task.output)},
               {"redirect", task.redirect}};
  const Site site = machine.top_site(branch);
  const auto add = [&](const char* name, const Template& part) -> Evaluated<void> {
    auto value = machine.evaluator.render(part, branch.frames.back().input, site);
    if (!value) return tl::make_unexpected(std::move(value).error());
    request[name] = value->json();
    return {};
  };
  const auto add_where_given = [&](const char* name, const Template& part) -> Evaluated<void> {
    const auto* constant = std::get_if<Value>(&part.node);
    if (constant != nullptr && constant->is_null()) return {};
    return add(name, part);
  };
  auto added =
      add_where_given("headers", task.headers)
          .and_then([&] { return add_where_given("query", task.query); })
          .and_then([&] { return add_where_given("authentication", task.authentication); });
  if (added && task.body) added = add("body", *task.body);
  if (!added) return tl::make_unexpected(std::move(added).error());
  return request;
}

}  // namespace

Move begin(Machine& machine, Branch& branch, const CallHttpTask& task) {
  auto request = render_request(machine, branch, task);
  if (!request) return Raised{std::move(request).error()};
  branch.wait = machine.draft.new_wait();
  machine.draft.open_step({branch.wait, http_queue, machine.top_task(branch).pointer, StepPolicy{},
                           Value(*std::move(request))});
  return Blocked{};
}

}  // namespace endure::workflow::interpreter
