#include "workflow/parse/deploy_expressions.hpp"

#include <algorithm>

#include "workflow/parse/names.hpp"
#include "workflow/secret_placeholder.hpp"

namespace endure::workflow::parse {

namespace {

bool is_prefix(const SecretPath& a, const SecretPath& b) {
  return a.size() < b.size() && std::equal(a.begin(), a.end(), b.begin());
}

}  // namespace

std::vector<std::string> declared_secrets(const Json& document) {
  std::vector<std::string> names;
  if (!document.is_object()) return names;
  const auto use = document.find("use");
  if (use == document.end() || !use->is_object()) return names;
  const auto secrets = use->find("secrets");
  if (secrets == use->end() || !secrets->is_array()) return names;
  for (const auto& name : *secrets) {
    if (name.is_string()) names.push_back(name.get<std::string>());
  }
  return names;
}

Result<void> DeployExpressions::check_secrets(const std::string& text) const {
  if (text.find("$secrets") == std::string::npos) return {};
  const auto named = secrets_named(text);
  if (!named) {
    return fail(Code::invalid,
                "secrets can only be used one by one, as `$secrets.name` or `$secrets.name.key`",
                "expression");
  }
  for (const auto& path : *named) {
    if (std::find(secrets_.begin(), secrets_.end(), path.front()) == secrets_.end()) {
      return fail(Code::invalid,
                  "the secret " + shown(path.front()) +
                      " is not declared; list it under `use.secrets`" +
                      (secrets_.empty() ? "" : hint(path.front(), secrets_)),
                  "expression");
    }
    for (const auto& other : *named) {
      if (!is_prefix(path, other)) continue;
      return fail(Code::invalid,
                  "an expression cannot use both the secret " + shown(path.front()) +
                      " and a part of it; name the parts one by one",
                  "expression");
    }
  }
  return {};
}

Result<Expression> DeployExpressions::compile(const std::string& text) {
  const auto known = compiled_.find(text);
  if (known != compiled_.end()) return known->second;
  const auto checked = check_secrets(text);
  const auto& compiled = compiled_
                             .emplace(text, checked ? inner_.compile(text)
                                                    : Result<Expression>(Failure(checked.error())))
                             .first->second;
  needs_jq_ = needs_jq_ || (compiled && compiled->needs_jq);
  return compiled;
}

}  // namespace endure::workflow::parse
