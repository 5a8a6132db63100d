// The expression compiler as deployment uses it.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "workflow/expression.hpp"

namespace endure::workflow::parse {

// The names under `use.secrets`, as far as they are names.
std::vector<std::string> declared_secrets(const Json& document);

// Compiles each text once, however often a document repeats it, and refuses secrets that are not
// declared or not named one by one. For one thread.
class DeployExpressions final : public Expressions {
 public:
  DeployExpressions(Expressions& inner, std::vector<std::string> secrets)
      : inner_(inner), secrets_(std::move(secrets)) {}

  Result<Value> evaluate(const Expression& expression, const Scope& scope) override {
    return inner_.evaluate(expression, scope);
  }
  Result<Expression> compile(const std::string& text) override;

  // Whether any of the texts was a program that only jq can run.
  bool needs_jq() const { return needs_jq_; }

 private:
  Result<void> check_secrets(const std::string& text) const;

  bool needs_jq_ = false;
  Expressions& inner_;
  std::vector<std::string> secrets_;
  std::map<std::string, Result<Expression>> compiled_;
};

}  // namespace endure::workflow::parse
