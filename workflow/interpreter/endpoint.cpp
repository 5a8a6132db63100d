#include "workflow/interpreter/endpoint.hpp"

#include "workflow/interpreter/uri_template.hpp"

namespace endure::workflow::interpreter {
namespace {

tl::unexpected<Fault> expression_fault(std::string detail) {
  return tl::make_unexpected(standard_fault(Standard::expression, std::move(detail)));
}

Evaluated<std::string> expanded(const std::string& uri, const Branch& branch) {
  auto filled = expand_uri(uri, branch.frames.back().input.json());
  if (!filled) return expression_fault(filled.error().what);
  return *std::move(filled);
}

// The member `key` of an object template, or null.
const Template* member_of(const Template& tmpl, std::string_view key) {
  const auto* object = std::get_if<Template::Object>(&tmpl.node);
  if (object == nullptr) return nullptr;
  for (const auto& member : *object) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

// Whether `authority` stands there literally; what an expression gave is no URI template.
bool literal_authority(const Template& authentication, const std::string& scheme) {
  if (std::holds_alternative<Value>(authentication.node)) return true;
  const auto* policy = member_of(authentication, scheme);
  if (policy == nullptr) return false;
  if (std::holds_alternative<Value>(policy->node)) return true;
  const auto* authority = member_of(*policy, "authority");
  return authority != nullptr && std::holds_alternative<Value>(authority->node);
}

}  // namespace

Evaluated<std::string> render_uri(const Machine& machine, const Branch& branch,
                                  const Template& uri) {
  auto rendered =
      machine.evaluator.render(uri, branch.frames.back().input, machine.top_site(branch));
  if (!rendered) return tl::make_unexpected(std::move(rendered).error());
  if (!(*rendered)->is_string()) {
    return expression_fault("The endpoint of a call must be a string.");
  }
  const auto& text = (*rendered)->get_ref<const std::string&>();
  // What an expression gave is data: braces in it are no variables.
  if (!std::holds_alternative<Value>(uri.node)) return text;
  return expanded(text, branch);
}

Evaluated<Json> render_authentication(const Machine& machine, const Branch& branch,
                                      const Template& authentication) {
  const auto* constant = std::get_if<Value>(&authentication.node);
  if (constant != nullptr && constant->is_null()) return Json();
  auto rendered = machine.evaluator.render(authentication, branch.frames.back().input,
                                           machine.top_site(branch));
  if (!rendered) return tl::make_unexpected(std::move(rendered).error());
  Json policy = rendered->json();
  for (const char* scheme : {"oauth2", "oidc"}) {
    if (!policy.is_object() || !policy.contains(scheme) || !policy[scheme].is_object()) continue;
    auto& authority = policy[scheme]["authority"];
    if (!authority.is_string() || !literal_authority(authentication, scheme)) continue;
    auto filled = expanded(authority.get_ref<const std::string&>(), branch);
    if (!filled) return tl::make_unexpected(std::move(filled).error());
    authority = *std::move(filled);
  }
  return policy;
}

Evaluated<Json> render_endpoint(const Machine& machine, const Branch& branch,
                                const Endpoint& endpoint) {
  auto uri = render_uri(machine, branch, endpoint.uri);
  if (!uri) return tl::make_unexpected(std::move(uri).error());
  auto authentication = render_authentication(machine, branch, endpoint.authentication);
  if (!authentication) return tl::make_unexpected(std::move(authentication).error());
  Json out{{"uri", *std::move(uri)}};
  if (!authentication->is_null()) out["authentication"] = *std::move(authentication);
  return out;
}

Evaluated<Json> render_call(const Machine& machine, const Branch& branch,
                            const CallProtocolTask& call) {
  auto rendered = machine.evaluator.render(call.arguments, branch.frames.back().input,
                                           machine.top_site(branch));
  if (!rendered) return tl::make_unexpected(std::move(rendered).error());
  Json arguments = rendered->json();
  for (const auto& [name, endpoint] : call.endpoints) {
    auto where = render_endpoint(machine, branch, endpoint);
    if (!where) return tl::make_unexpected(std::move(where).error());
    arguments[name] = *std::move(where);
  }
  return arguments;
}

}  // namespace endure::workflow::interpreter
