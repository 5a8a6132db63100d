// `$secrets` and `$authorization`: placeholders in place of what a workflow must not hold.
#pragma once

#include <string_view>

#include "base/ids.hpp"
#include "workflow/definition.hpp"
#include "workflow/event.hpp"
#include "workflow/expression.hpp"

namespace endure::workflow::interpreter {

// Evaluates with `$secrets` as the placeholders of the secrets that the expression names.
class SecretExpressions final : public Expressions {
 public:
  SecretExpressions(Expressions& inner, WorkflowNumber workflow, std::string_view key)
      : inner_(inner), workflow_(workflow), key_(key) {}

  Result<Value> evaluate(const Expression& expression, const Scope& scope) override;
  Result<Expression> compile(const std::string& text) override { return inner_.compile(text); }

 private:
  Expressions& inner_;
  WorkflowNumber workflow_;
  std::string_view key_;
};

// What comes from outside never holds a secret: an authentic placeholder in it, which someone may
// have seen in this workflow's output, becomes `(hidden)`.
Event without_placeholders(Event event, WorkflowNumber workflow, std::string_view key);

// {scheme, parameter} of the task's authentication, null where it has none. The parameter is a
// placeholder that is good within the task's own call.
Json authorization_descriptor(const Definition& definition, const Task& task,
                              WorkflowNumber workflow, std::string_view key);

}  // namespace endure::workflow::interpreter
