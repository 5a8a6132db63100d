// What the expression tests share.
#pragma once

#include <string>

#include "tests/support/catch.hpp"
#include "workflow/expressions.hpp"

namespace endure::workflow::testing {

// One evaluator for all tests of a kind: a sandbox keeps its compiled programs.
inline Expressions& expressions() {
  static const auto made = make_expressions();
  return *made;
}

// libjq evaluates everything; what the node's own evaluation is compared with.
inline Expressions& only_libjq() {
  static const auto made = [] {
    ExpressionLimits limits;
    limits.plain_part = false;
    limits.deadline_ms = 2'000;  // the tests' programs are large
    return make_expressions(limits);
  }();
  return *made;
}

inline Scope scope_of(const std::string& input) {
  return Scope{Value(Json::parse(input)), {}};
}

// Compiles and evaluates; the result as JSON text, or "error: …".
inline std::string outcome(Expressions& with, const std::string& text, const Scope& scope) {
  const auto expression = with.compile(text);
  if (!expression) return "error: " + expression.error().what;
  const auto value = with.evaluate(*expression, scope);
  return value ? value->json().dump() : "error: " + value.error().what;
}

inline std::string eval(const std::string& text, const std::string& input = "null") {
  return outcome(expressions(), text, scope_of(input));
}

// A program that is evaluated by `with` as it stands, though it may be a path.
inline Expression as_program(const std::string& text) {
  Expression program;
  program.kind = Expression::Kind::program;
  program.text = text;
  return program;
}

}  // namespace endure::workflow::testing
