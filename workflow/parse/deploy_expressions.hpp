// The expression compiler as deployment uses it.
#pragma once

#include <map>
#include <string>

#include "workflow/expression.hpp"

namespace endure::workflow::parse {

// Compiles each text once, however often a document repeats it, and refuses variables that the
// language has but this version does not fill. For one thread.
class DeployExpressions final : public Expressions {
 public:
  explicit DeployExpressions(Expressions& inner) : inner_(inner) {}

  Result<Value> evaluate(const Expression& expression, const Scope& scope) override {
    return inner_.evaluate(expression, scope);
  }
  Result<Expression> compile(const std::string& text) override;

  // Whether any of the texts was a program that only jq can run.
  bool needs_jq() const { return needs_jq_; }

 private:
  bool needs_jq_ = false;
  Expressions& inner_;
  std::map<std::string, Result<Expression>> compiled_;
};

}  // namespace endure::workflow::parse
