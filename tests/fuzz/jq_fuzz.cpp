// The same bytes as expression_fuzz takes, and libjq beside: what the node evaluates itself must be
// what libjq gives, and whatever a program does to libjq must come back as a value or as a
// sentence. Each new program costs the 15 ms that libjq compiles it for, so the corpus comes from
// expression_fuzz.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "tests/fuzz/require.hpp"
#include "workflow/expressions.hpp"
#include "workflow/expressions/classify.hpp"
#include "workflow/expressions/lexer.hpp"
#include "workflow/expressions/plain.hpp"

namespace {

using namespace endure;
using testing::require;

constexpr std::size_t max_depth = 64;

// libjq alone.
workflow::Expressions& jq() {
  static const auto made = [] {
    workflow::ExpressionLimits limits;
    limits.plain_part = false;
    return workflow::make_expressions(limits);
  }();
  return *made;
}

std::optional<workflow::Value> own_value(const workflow::Expression& expression,
                                         const workflow::Scope& scope) {
  using Kind = workflow::Expression::Kind;
  if (expression.kind == Kind::constant) return expression.constant;
  if (expression.kind == Kind::path) {
    auto value = workflow::follow_path(expression, scope);
    return value ? std::optional(*std::move(value)) : std::nullopt;
  }
  const auto program = workflow::parse_plain(workflow::tokenize(expression.text));
  return program ? workflow::evaluate_plain(*program, scope) : std::nullopt;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto line_end = std::min(text.find('\n'), text.size());
  const std::string source = text.substr(0, line_end);
  auto json =
      workflow::Json::parse(text.substr(std::min(line_end + 1, text.size())), nullptr, false);
  if (json.is_discarded() || workflow::depth(json) > max_depth) json = workflow::Json::object();

  auto& expressions = jq();
  const auto expression = expressions.compile(source);
  if (!expression) {
    require(!expression.error().what.empty(), "refused without a sentence", source);
    return 0;
  }
  const workflow::Scope scope{workflow::Value(json), {{"context", workflow::Value(json)}}};
  workflow::Expression program;
  program.kind = workflow::Expression::Kind::program;
  program.text = workflow::strip_expression(source);
  const auto theirs = expressions.evaluate(program, scope);
  require(theirs || !theirs.error().what.empty(), "an error without a sentence", source);
  const auto ours = own_value(*expression, scope);
  if (!ours || !theirs) return 0;
  require(ours->json() == theirs->json(), "libjq says otherwise",
          source + " of " + json.dump() + ": " + theirs->json().dump() + ", not " +
              ours->json().dump());
  return 0;
}
