#include "workflow/parse/deploy_expressions.hpp"

#include <array>
#include <string_view>

namespace endure::workflow::parse {

namespace {

constexpr std::array<std::string_view, 2> unfilled = {"$secrets", "$authorization"};

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool mentions(const std::string& text, std::string_view variable) {
  for (auto at = text.find(variable); at != std::string::npos; at = text.find(variable, at + 1)) {
    const std::size_t end = at + variable.size();
    if (end == text.size() || !is_name_char(text[end])) return true;
  }
  return false;
}

}  // namespace

Result<Expression> DeployExpressions::compile(const std::string& text) {
  for (const std::string_view variable : unfilled) {
    if (!mentions(text, variable)) continue;
    return fail(Code::invalid,
                "`" + std::string(variable) +
                    "` is not supported by this version of Endure; see "
                    "docs/language.md",
                "expression");
  }
  const auto known = compiled_.find(text);
  if (known != compiled_.end()) return known->second;
  const auto& compiled = compiled_.emplace(text, inner_.compile(text)).first->second;
  needs_jq_ = needs_jq_ || (compiled && compiled->needs_jq);
  return compiled;
}

}  // namespace endure::workflow::parse
