// Any bytes as a definition, in YAML or JSON. It must be refused with problems that stand in the
// text, or give a model; and the model's document, written as JSON, must be accepted with the same
// outcome.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/utf8.hpp"
#include "tests/fuzz/plain_expressions.hpp"
#include "tests/fuzz/require.hpp"
#include "workflow/definition.hpp"

namespace {

using namespace endure;
using testing::require;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static testing::PlainExpressions expressions;
  static const workflow::ParseLimits limits{1U << 16U, 64, 1000};
  const std::string text(reinterpret_cast<const char*>(data), size);

  const auto parsed = workflow::parse_definition(text, expressions, limits);
  if (!parsed) {
    require(!parsed.error().empty(), "refused without a problem", text);
    for (const auto& problem : parsed.error()) {
      require(!problem.what.empty(), "a problem without a sentence", to_string(problem));
      require(is_utf8(to_string(problem)), "a problem in no UTF-8", to_string(problem));
      require(problem.pointer.empty() || problem.pointer.front() == '/', "no JSON pointer",
              problem.pointer);
    }
    return 0;
  }
  const auto& definition = **parsed;
  require(!definition.tasks.empty(), "a definition without tasks", text);
  const std::string as_json = definition.document.json().dump();
  const auto again = workflow::parse_definition(as_json, expressions, limits);
  if (!again && as_json.size() > limits.max_bytes) return 0;
  require(again.has_value(), "its own document is refused", as_json);
  require((*again)->document.json() == definition.document.json(), "another document", as_json);
  require((*again)->tasks.size() == definition.tasks.size(), "other tasks", as_json);
  return 0;
}
