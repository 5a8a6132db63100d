// Any bytes as an expression: the first line is the program, the rest the JSON that it sees as `.`
// and as $context. What the node reads and evaluates by itself must end, and give valid JSON that
// the wire to the sandbox carries unchanged.
#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/fuzz/plain_expressions.hpp"
#include "tests/fuzz/require.hpp"
#include "workflow/expressions/wire.hpp"

namespace {

using namespace endure;
using testing::require;

constexpr std::size_t max_depth = 64;
constexpr std::size_t max_bytes = 1U << 20U;

// What the wire takes comes out as it was; a real number that is whole may come out as an integer,
// which compares equal.
void check_wire(const workflow::Json& json) {
  std::string bytes;
  if (!workflow::wire::encode(json, ".", max_depth, max_bytes, bytes)) return;
  const auto back = workflow::wire::decode(bytes, max_depth);
  require(back.has_value(), "the wire cannot read what it wrote", json.dump());
  require(*back == json, "the wire changed a value", json.dump());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static testing::PlainExpressions expressions;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto line_end = std::min(text.find('\n'), text.size());
  const std::string rest = text.substr(std::min(line_end + 1, text.size()));

  static_cast<void>(workflow::wire::decode(rest, max_depth));  // damaged bytes are refused
  auto json = workflow::Json::parse(rest, nullptr, false);
  if (json.is_discarded() || workflow::depth(json) > max_depth) json = workflow::Json::object();
  check_wire(json);

  const auto expression = expressions.compile(text.substr(0, line_end));
  if (!expression) {
    require(!expression.error().what.empty(), "refused without a sentence", text);
    return 0;
  }
  workflow::Scope scope;
  scope.input = workflow::Value(json);
  scope.variables.emplace_back("context", workflow::Value(json));
  const auto value = expressions.evaluate(*expression, scope);
  if (!value) return 0;
  const auto dumped = value->json().dump(-1, ' ', false, workflow::Json::error_handler_t::replace);
  require(!workflow::Json::parse(dumped, nullptr, false).is_discarded(), "no JSON", dumped);
  return 0;
}
