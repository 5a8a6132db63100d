// The Expressions port: what can be evaluated here is, everything else goes to the sandbox.
#include <utility>

#include "workflow/expressions.hpp"
#include "workflow/expressions/classify.hpp"
#include "workflow/expressions/fence.hpp"
#include "workflow/expressions/lexer.hpp"
#include "workflow/expressions/sandbox.hpp"
#include "workflow/expressions/wire.hpp"

namespace endure::workflow {
namespace {

using Status = wire::Answer::Status;

// `. as {…}` would cost more per run: the input and the variables come as one array.
std::string with_prologue(const std::vector<std::string>& variables, const std::string& text) {
  std::string source;
  for (std::size_t i = 0; i < variables.size(); ++i) {
    source += ".[" + std::to_string(i + 1) + "] as $" + variables[i] + "|";
  }
  // On one line with the text, so that the compiler's line numbers hold.
  return source + ".[0]|" + text;
}

class Evaluator final : public Expressions {
 public:
  explicit Evaluator(const ExpressionLimits& limits) : limits_(limits), sandbox_(limits) {}

  Result<Value> evaluate(const Expression& expression, const Scope& scope) override {
    switch (expression.kind) {
      case Expression::Kind::constant: return expression.constant;
      case Expression::Kind::path: return follow_path(expression, scope);
      case Expression::Kind::program: return run(expression.text, scope);
    }
    return fail(Code::invalid, "an expression of no known kind");
  }

  Result<Expression> compile(const std::string& text) override {
    if (text.size() > limits_.max_source_bytes) {
      return fail(Code::invalid, "the expression is longer than " +
                                     std::to_string(limits_.max_source_bytes) + " bytes");
    }
    if (text.find('\0') != std::string::npos) {
      return fail(Code::invalid, "the expression contains a null character");
    }
    std::string trimmed = strip_expression(text);
    if (trimmed.empty()) return fail(Code::invalid, "the expression is empty");
    if (auto plain = classify_plainly(trimmed, limits_.max_depth)) return std::move(*plain);
    auto variables = check_fence(tokenize(trimmed));
    if (!variables) return Failure(variables.error());
    const wire::Answer answer = sandbox_.run(with_prologue(*variables, trimmed), {});
    if (answer.status != Status::ok) return failure(answer);
    Expression program;
    program.kind = Expression::Kind::program;
    program.text = std::move(trimmed);
    return program;
  }

 private:
  Result<Value> run(const std::string& text, const Scope& scope) {
    auto mentioned = check_fence(tokenize(text));
    if (!mentioned) return Failure(mentioned.error());
    // A variable that the scope lacks stays unbound: the program binds it itself, or the compiler
    // says that it is not defined.
    std::erase_if(*mentioned, [&](const std::string& name) { return scope.find(name) == nullptr; });
    std::string values;
    wire::begin_array(mentioned->size() + 1, values);
    auto done = encode(scope.input, ".", values);
    for (std::size_t i = 0; done && i < mentioned->size(); ++i) {
      done = encode(*scope.find((*mentioned)[i]), "$" + (*mentioned)[i], values);
    }
    if (!done) return Failure(done.error());
    const wire::Answer answer = sandbox_.run(with_prologue(*mentioned, text), values);
    if (answer.status != Status::ok) return failure(answer);
    if (answer.body.empty()) return Value();
    auto result = wire::decode(answer.body, limits_.max_depth);
    if (!result) return Failure(result.error());
    return Value(std::move(*result));
  }

  Result<void> encode(const Value& value, const std::string& name, std::string& out) const {
    return wire::encode(value.json(), name, limits_.max_depth, limits_.max_input_bytes, out);
  }

  Failure failure(const wire::Answer& answer) const {
    switch (answer.status) {
      case Status::too_slow:
        return fail(Code::invalid, "the expression took more than " +
                                       std::to_string(limits_.deadline_ms) +
                                       " ms of CPU time and was stopped");
      case Status::too_big:
        return fail(Code::invalid, "the expression needed more than " +
                                       std::to_string(limits_.max_memory_bytes >> 20U) +
                                       " MB of memory and was stopped");
      case Status::too_deep:
        return fail(Code::invalid, "the expression made a value that is nested too deeply");
      case Status::broken:
        return fail(Code::invalid, "the expression failed an internal check of jq");
      case Status::lost:
        return fail(Code::invalid, "the expression broke its sandbox and was stopped");
      case Status::busy:
        return fail(Code::retry_later, "the machine is too busy to evaluate an expression");
      case Status::ok:
      case Status::failed: break;
    }
    return fail(Code::invalid, answer.body);
  }

  const ExpressionLimits limits_;
  Sandbox sandbox_;
};

}  // namespace

std::unique_ptr<Expressions> make_expressions(const ExpressionLimits& limits) {
  return std::make_unique<Evaluator>(limits);
}

}  // namespace endure::workflow
