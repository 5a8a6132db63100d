// Evaluates a task's expressions and templates with the variables that the language promises.
// Building a variable can cost more than evaluating, so each is built only when it is named.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

#include "workflow/definition.hpp"
#include "workflow/snapshot.hpp"

namespace endure::workflow::interpreter {

// A value, or the fault that the expression raises (type …/errors/expression, status 400).
template <class T>
using Evaluated = tl::expected<T, Fault>;

// Where an expression stands. What is null is not visible there.
struct Site {
  const Task* task = nullptr;         // null: the workflow's own input.from and output.as
  const Branch* branch = nullptr;     // with `frames`: whose loop and error variables are seen
  std::size_t frames = 0;             // the outermost so many frames of the branch
  Instant started;                    // $task.startedAt
  const Value* raw_input = nullptr;   // $task.input
  const Value* input = nullptr;       // $input
  const Value* raw_output = nullptr;  // $task.output
  const Value* output = nullptr;      // $output
  const std::pair<std::string, Value>* extra = nullptr;  // one more variable, the innermost
  bool in_extension = false;  // `when` of an extension: `task` is the one that it may extend
};

class Evaluator {
 public:
  // All must outlive the evaluator; the snapshot is read anew at every call.
  Evaluator(const Definition& definition, const Snapshot& snapshot, Expressions& expressions,
            std::string_view secret_key)
      : definition_(definition),
        snapshot_(snapshot),
        expressions_(expressions),
        secret_key_(secret_key) {}

  // The machine was too busy for an expression: this transition has to be decided again. What the
  // evaluator returned for it does not count.
  const std::optional<Error>& unavailable() const { return unavailable_; }

  Evaluated<Value> evaluate(const Expression& expression, const Value& dot, const Site& site) const;
  Evaluated<bool> condition(const Expression& expression, const Value& dot, const Site& site) const;
  Evaluated<Value> render(const Template& tmpl, const Value& dot, const Site& site) const;
  // For what is only sent on: its bytes are made, and no tree.
  Evaluated<Value> render_packed(const Template& tmpl, const Value& dot, const Site& site) const;
  Evaluated<std::int64_t> duration_ms(const Duration& duration, const Value& dot,
                                      const Site& site) const;

 private:
  using Rendering = Result<Value> (*)(const Template&, const Scope&, Expressions&);
  Evaluated<Value> render_by(Rendering rendering, const Template& tmpl, const Value& dot,
                             const Site& site) const;
  tl::unexpected<Fault> failure(const Error& error, const std::string& what,
                                const Site& site) const;

  const Definition& definition_;
  const Snapshot& snapshot_;
  Expressions& expressions_;
  std::string_view secret_key_;
  mutable std::optional<Error> unavailable_;
};

}  // namespace endure::workflow::interpreter
