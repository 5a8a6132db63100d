#include "workflow/interpreter/evaluator.hpp"

#include "workflow/interpreter/fault.hpp"
#include "workflow/interpreter/scope.hpp"
#include "workflow/interpreter/secret_scope.hpp"

namespace endure::workflow::interpreter {
namespace {

// `$workflow.definition` alone shares the document instead of copying it into a descriptor.
bool is_whole_definition(const Expression& expression) {
  return expression.kind == Expression::Kind::path && expression.variable == "workflow" &&
         expression.path.size() == 1 && expression.path.front() == "definition";
}

}  // namespace

tl::unexpected<Fault> Evaluator::failure(const Error& error, const std::string& what,
                                         const Site& site) const {
  if (error.code == Code::retry_later) unavailable_ = error;
  return tl::make_unexpected(
      standard_fault(Standard::expression, what, site.task != nullptr ? site.task->pointer : ""));
}

Evaluated<Value> Evaluator::evaluate(const Expression& expression, const Value& dot,
                                     const Site& site) const {
  if (expression.kind == Expression::Kind::constant) return expression.constant;
  if (is_whole_definition(expression)) return definition_.document;
  Wanted wanted;
  want(expression, wanted);
  const Scope scope = make_scope(wanted, dot, site, definition_, snapshot_, secret_key_);
  SecretExpressions with_secrets(expressions_, snapshot_.number, secret_key_);
  Expressions& expressions = wanted.secrets ? with_secrets : expressions_;
  auto value = evaluate_or_text(expression, scope, expressions);
  if (!value) {
    return failure(value.error(), "`" + expression.text + "`: " + value.error().what, site);
  }
  return *std::move(value);
}

Evaluated<bool> Evaluator::condition(const Expression& expression, const Value& dot,
                                     const Site& site) const {
  auto value = evaluate(expression, dot, site);
  if (!value) return tl::make_unexpected(std::move(value).error());
  return is_true(*value);
}

Evaluated<Value> Evaluator::render(const Template& tmpl, const Value& dot, const Site& site) const {
  return render_by(workflow::render, tmpl, dot, site);
}

Evaluated<Value> Evaluator::render_packed(const Template& tmpl, const Value& dot,
                                          const Site& site) const {
  return render_by(workflow::render_packed, tmpl, dot, site);
}

Evaluated<Value> Evaluator::render_by(Rendering rendering, const Template& tmpl, const Value& dot,
                                      const Site& site) const {
  if (const auto* constant = std::get_if<Value>(&tmpl.node)) return *constant;
  if (const auto* expression = std::get_if<Expression>(&tmpl.node)) {
    return evaluate(*expression, dot, site);
  }
  Wanted wanted;
  want(tmpl, wanted);
  const Scope scope = make_scope(wanted, dot, site, definition_, snapshot_, secret_key_);
  SecretExpressions with_secrets(expressions_, snapshot_.number, secret_key_);
  Expressions& expressions = wanted.secrets ? with_secrets : expressions_;
  auto value = rendering(tmpl, scope, expressions);
  if (!value) return failure(value.error(), value.error().what, site);
  return *std::move(value);
}

Evaluated<std::int64_t> Evaluator::duration_ms(const Duration& duration, const Value& dot,
                                               const Site& site) const {
  if (const auto* constant = std::get_if<std::int64_t>(&duration.ms_or_template)) return *constant;
  auto value = render(std::get<Template>(duration.ms_or_template), dot, site);
  if (!value) return tl::make_unexpected(std::move(value).error());
  auto ms = workflow::duration_ms(value->json(), site.task != nullptr ? site.task->pointer : "");
  if (!ms) return failure(ms.error(), ms.error().what, site);
  return *ms;
}

}  // namespace endure::workflow::interpreter
