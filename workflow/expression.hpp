// Runtime expressions of a definition, and the port that evaluates them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "workflow/value/value.hpp"

namespace endure::workflow {

// One expression, classified at deployment. Immutable; safe to share between threads.
// `.`, `.a.b`, `.["a"]`, `$name` and `$name.a.b` are paths and need no jq; a JSON literal is a
// constant; everything else is a jq program.
struct Expression {
  enum class Kind : std::uint8_t { constant, path, program };

  Kind kind = Kind::constant;
  bool needs_jq = false;          // a program that only jq can run: it may take long
  std::string text;               // the jq source, without `${ }`
  Value constant;                 // Kind::constant
  std::string variable;           // Kind::path: the variable's name without `$`, or empty for `.`
  std::vector<std::string> path;  // Kind::path: keys to follow; a missing key gives null
  // In loose mode, where text may be an expression: the text, which stands if evaluating it fails.
  std::optional<std::string> otherwise = std::nullopt;
};

// What an expression can see: `.` and its variables by name without `$`
// (context, input, output, task, workflow, runtime, error, loop variables, …).
// Later entries hide earlier ones of the same name.
struct Scope {
  Value input;
  std::vector<std::pair<std::string, Value>> variables;

  const Value* find(std::string_view name) const;
};

// Evaluates expressions. Implementations bound the time and memory that one evaluation may take.
class Expressions {
 public:
  virtual ~Expressions() = default;

  // The expression's first output (null where it has none). Error: Code::invalid with jq's own
  // message, or that the evaluation took too long or too much memory. Any thread; never throws.
  virtual Result<Value> evaluate(const Expression& expression, const Scope& scope) = 0;

  // Classifies `text` (without `${ }`) and checks that it compiles. Error: Code::invalid with the
  // compiler's message. Any thread.
  virtual Result<Expression> compile(const std::string& text) = 0;
};

// JSON in which strings of the form `${ … }` are expressions, anywhere.
struct Template {
  struct Member;
  using Array = std::vector<Template>;
  using Object = std::vector<Member>;

  // A Value is a constant subtree, which is shared and never walked again.
  std::variant<Value, Expression, Array, Object> node;
};

struct Template::Member {
  std::string key;
  Template value;
};

// Renders a template. Text that an expression returns is data and is never evaluated again.
Result<Value> render(const Template& tmpl, const Scope& scope, Expressions& expressions);
// The same for what is only sent on: written as bytes, without a tree of it.
Result<Value> render_packed(const Template& tmpl, const Scope& scope, Expressions& expressions);

// `evaluate.mode` of a definition. Loose: all text is tried as an expression, with or without
// `${ }`; where it does not compile or its evaluation fails, it is plain text.
enum class ExpressionMode : std::uint8_t { strict, loose };

// Reads a template: every string `${ … }` in `json` is compiled by `expressions`. Errors carry the
// JSON pointer below `pointer`.
Result<Template> parse_template(const Json& json, const std::string& pointer,
                                Expressions& expressions,
                                ExpressionMode mode = ExpressionMode::strict);

// The outcome of evaluating `expression`: in loose mode its text instead of a failure (but not
// instead of Code::retry_later).
Result<Value> evaluate_or_text(const Expression& expression, const Scope& scope,
                               Expressions& expressions);

// Booleans as the language reads conditions: false and null are false, all else is true.
bool is_true(const Value& value);

}  // namespace endure::workflow
