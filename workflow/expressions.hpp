// The evaluator of runtime expressions, and the helpers that a definition parser needs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "workflow/expression.hpp"

namespace endure::workflow {

// What one evaluation may cost. An expression that reaches a limit gives an Error; it never takes
// the process with it.
struct ExpressionLimits {
  std::size_t max_source_bytes = 16U * 1024U;
  std::int64_t deadline_ms = 200;  // CPU time of one compilation, and of one evaluation
  std::size_t max_memory_bytes = 256U << 20U;
  std::size_t max_input_bytes = 32U << 20U;   // encoded: `.` and the variables that are mentioned
  std::size_t max_result_bytes = 16U << 20U;  // encoded
  std::size_t max_depth = 256;                // nesting of an input or a result
  std::size_t max_programs = 256;             // compiled programs that one sandbox process keeps
  std::size_t max_idle_processes = 4;         // sandbox processes that are kept for the next caller
  std::size_t max_plans = 4096;               // programs that the node remembers its reading of
  bool plain_part = true;  // false: libjq runs every program, also the plain ones (for comparing)
};

// Paths, constants and the plain part of the jq language (see expressions/plain.hpp) are evaluated
// in this process. Every other program is run by libjq in a sandbox: a child process without files,
// environment or clock, bounded in memory and CPU time, that is replaced when an expression breaks
// it. Sandbox processes descend from one that is forked here, so call this early, before the
// process has grown threads and memory.
//
// Errors of evaluate() beyond Code::invalid: Code::retry_later when the machine could not start a
// sandbox or was too busy to answer in time; the expression itself is then not to blame.
std::unique_ptr<Expressions> make_expressions(const ExpressionLimits& limits = {});

// Whether `text`, trimmed, has the form `${ … }`.
bool is_expression_text(const std::string& text);

// The trimmed text between `${` and `}`; text of any other form (a bare `.a.b`) is only trimmed.
std::string strip_expression(const std::string& text);

}  // namespace endure::workflow
