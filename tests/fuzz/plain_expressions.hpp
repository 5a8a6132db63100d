// Expressions without jq: what the node itself reads of a program, at full speed.
#pragma once

#include <string>

#include "workflow/expressions.hpp"
#include "workflow/expressions/classify.hpp"
#include "workflow/expressions/fence.hpp"
#include "workflow/expressions/plain.hpp"

namespace endure::testing {

class PlainExpressions final : public workflow::Expressions {
 public:
  Result<workflow::Value> evaluate(const workflow::Expression& expression,
                                   const workflow::Scope& scope) override {
    using Kind = workflow::Expression::Kind;
    if (expression.kind == Kind::constant) return expression.constant;
    if (expression.kind == Kind::path) return workflow::follow_path(expression, scope);
    const auto tokens = workflow::tokenize(expression.text);
    const auto program = workflow::parse_plain(tokens);
    if (!program) return fail(Code::invalid, "not plain");
    auto value = workflow::evaluate_plain(*program, scope);
    if (!value) return fail(Code::invalid, "only jq can say");
    return std::move(*value);
  }

  Result<workflow::Expression> compile(const std::string& text) override {
    std::string trimmed = workflow::strip_expression(text);
    if (trimmed.empty()) return fail(Code::invalid, "the expression is empty");
    if (auto plain = workflow::classify_plainly(trimmed, 64)) return std::move(*plain);
    if (auto fenced = workflow::check_fence(workflow::tokenize(trimmed)); !fenced) {
      return Failure(fenced.error());
    }
    workflow::Expression program;
    program.kind = workflow::Expression::Kind::program;
    program.text = std::move(trimmed);
    return program;
  }
};

}  // namespace endure::testing
