// The Expressions port: what can be evaluated here is, everything else goes to the sandbox.
#include <atomic>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <unordered_map>
#include <utility>

#include "base/utf8.hpp"
#include "workflow/expressions.hpp"
#include "workflow/expressions/classify.hpp"
#include "workflow/expressions/fence.hpp"
#include "workflow/expressions/lexer.hpp"
#include "workflow/expressions/plain.hpp"
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

// What the node knows about a program.
struct Plan {
  std::vector<std::string> variables;  // those it mentions
  std::optional<PlainNode> plain;
  mutable std::atomic<bool> compiles = false;  // libjq has said so; it takes 15 ms to say
};

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
    if (const auto at = first_invalid_utf8(text); at < text.size()) {
      return fail(Code::invalid, "the expression is not UTF-8 at byte " + std::to_string(at));
    }
    std::string trimmed = strip_expression(text);
    if (trimmed.empty()) return fail(Code::invalid, "the expression is empty");
    if (auto plain = classify_plainly(trimmed, limits_.max_depth)) return std::move(*plain);
    auto plan = plan_of(trimmed);
    if (!plan) return Failure(plan.error());
    if (!(*plan)->compiles) {
      const wire::Answer answer = sandbox_.run(with_prologue((*plan)->variables, trimmed), {});
      if (answer.status != Status::ok) return failure(answer);
      (*plan)->compiles = true;
    }
    Expression program;
    program.kind = Expression::Kind::program;
    program.text = std::move(trimmed);
    program.needs_jq = !(*plan)->plain;
    return program;
  }

 private:
  Result<Value> run(const std::string& text, const Scope& scope) {
    const auto plan = plan_of(text);
    if (!plan) return Failure(plan.error());
    if ((*plan)->plain) {
      if (auto value = evaluate_plain(*(*plan)->plain, scope)) return std::move(*value);
    }
    // A variable that the scope lacks stays unbound: the program binds it itself, or the compiler
    // says that it is not defined.
    std::vector<std::string> bound = (*plan)->variables;
    std::erase_if(bound, [&](const std::string& name) { return scope.find(name) == nullptr; });
    std::string values;
    wire::begin_array(bound.size() + 1, values);
    auto done = encode(scope.input, ".", values);
    for (std::size_t i = 0; done && i < bound.size(); ++i) {
      done = encode(*scope.find(bound[i]), "$" + bound[i], values);
    }
    if (!done) return Failure(done.error());
    const wire::Answer answer = sandbox_.run(with_prologue(bound, text), values);
    if (answer.status != Status::ok) return failure(answer);
    if (answer.body.empty()) return Value();
    auto result = wire::decode(answer.body, limits_.max_depth);
    if (!result) return Failure(result.error());
    return Value(std::move(*result));
  }

  // How the node reads the program, remembered. When there are too many, all are forgotten: it is
  // quick to read them again.
  Result<std::shared_ptr<const Plan>> plan_of(const std::string& text) {
    {
      const std::shared_lock lock(plans_mutex_);
      if (const auto found = plans_.find(text); found != plans_.end()) return found->second;
    }
    const std::vector<Token> tokens = tokenize(text);
    auto variables = check_fence(tokens);
    if (!variables) return Failure(variables.error());
    auto plan = std::make_shared<Plan>();
    plan->variables = std::move(*variables);
    if (limits_.plain_part) plan->plain = parse_plain(tokens);
    const std::unique_lock lock(plans_mutex_);
    if (plans_.size() >= limits_.max_plans) plans_.clear();
    plans_.emplace(text, plan);
    return plan;
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
  std::shared_mutex plans_mutex_;
  std::unordered_map<std::string, std::shared_ptr<const Plan>> plans_;
};

}  // namespace

std::unique_ptr<Expressions> make_expressions(const ExpressionLimits& limits) {
  return std::make_unique<Evaluator>(limits);
}

}  // namespace endure::workflow
