// call of http: a step on the node's own queue, whose arguments are the whole request.
#include "workflow/interpreter/endpoint.hpp"
#include "workflow/interpreter/tasks.hpp"

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

Evaluated<Json> render_method(const Machine& machine, const Branch& branch,
                              const CallHttpTask& task) {
  if (!task.method.empty()) return Json(task.method);
  auto method = machine.evaluator.render(task.method_from, branch.frames.back().input,
                                         machine.top_site(branch));
  if (!method) return tl::make_unexpected(std::move(method).error());
  if (!(*method)->is_string()) {
    return tl::make_unexpected(
        standard_fault(Standard::expression, "The method of an HTTP call must be a string."));
  }
  return method->json();
}

Evaluated<Json> render_request(const Machine& machine, const Branch& branch,
                               const CallHttpTask& task) {
  auto method = render_method(machine, branch, task);
  if (!method) return method;
  auto request = render_endpoint(machine, branch, task.endpoint);
  if (!request) return request;
  (*request)["method"] = *std::move(method);
  (*request)["output"] = output_name(task.output);
  (*request)["redirect"] = task.redirect;
  const Site site = machine.top_site(branch);
  const auto add = [&](const char* name, const Template& part) -> Evaluated<void> {
    auto value = machine.evaluator.render(part, branch.frames.back().input, site);
    if (!value) return tl::make_unexpected(std::move(value).error());
    (*request)[name] = value->json();
    return {};
  };
  const auto add_where_given = [&](const char* name, const Template& part) -> Evaluated<void> {
    const auto* constant = std::get_if<Value>(&part.node);
    if (constant != nullptr && constant->is_null()) return {};
    return add(name, part);
  };
  auto added = add_where_given("headers", task.headers).and_then([&] {
    return add_where_given("query", task.query);
  });
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
