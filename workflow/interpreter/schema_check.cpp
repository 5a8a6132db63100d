#include "workflow/interpreter/schema_check.hpp"

#include <utility>

#include "workflow/interpreter/fault.hpp"

namespace endure::workflow::interpreter {

Evaluated<void> check_schema(const std::shared_ptr<const JsonSchema>& schema, const Value& value,
                             const char* which, std::string instance) {
  if (!schema) return {};
  const auto findings = schema->check(value.json());
  if (findings.empty()) return {};
  return tl::make_unexpected(standard_fault(
      Standard::validation,
      std::string("The data does not fit ") + which + ": " + to_string(findings) + ".",
      std::move(instance)));
}

}  // namespace endure::workflow::interpreter
