// Data against the schemas of a definition.
#pragma once

#include "workflow/interpreter/evaluator.hpp"
#include "workflow/json_schema.hpp"

namespace endure::workflow::interpreter {

// The fault where `value` does not fit (type …/errors/validation, status 400): its detail says what
// of it does not, and which schema ("input.schema") says so. A null schema takes everything.
Evaluated<void> check_schema(const std::shared_ptr<const JsonSchema>& schema, const Value& value,
                             const char* which, std::string instance);

}  // namespace endure::workflow::interpreter
