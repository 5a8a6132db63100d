#include "workflow/parse/duration.hpp"

#include <utility>

#include "workflow/parse/fields.hpp"
#include "workflow/parse/runtime_expression.hpp"

namespace endure::workflow::parse {

std::optional<std::int64_t> read_constant_duration(Context& context, const Node& node) {
  if (node.json().is_string() && enclosed(node.json().get<std::string>())) {
    context.problems.unsupported(node.pointer, "an expression as this duration");
    return std::nullopt;
  }
  const auto ms = duration_ms(node.json(), node.pointer);
  if (ms) return *ms;
  context.problems.add(ms.error().where, ms.error().what);
  return std::nullopt;
}

std::optional<Duration> read_duration(Context& context, const Node& node) {
  if (node.json().is_string() && enclosed(node.json().get<std::string>())) {
    auto parsed = read_template(context, node);
    if (!parsed) return std::nullopt;
    return Duration{*std::move(parsed)};
  }
  // In loose mode the braces may be left out; ISO 8601 begins with a `P`, and no expression does.
  const bool loose = context.mode == ExpressionMode::loose && node.json().is_string() &&
                     !node.json().get_ref<const std::string&>().starts_with('P');
  if (loose) {
    auto expression = read_expression(context, node);
    if (!expression) return std::nullopt;
    return Duration{Template{*std::move(expression)}};
  }
  const auto ms = read_constant_duration(context, node);
  if (!ms) return std::nullopt;
  return Duration{*ms};
}

std::optional<Duration> read_timeout_policy(Context& context, const Node& node) {
  Fields fields(context, node, "a timeout");
  std::optional<Duration> duration;
  if (const auto after = fields.require("after", "a duration")) {
    duration = read_duration(context, *after);
    const auto* ms = duration ? std::get_if<std::int64_t>(&duration->ms_or_template) : nullptr;
    if (ms != nullptr && *ms == 0) {
      context.problems.add(after->pointer, "a timeout of nothing always strikes; expected more");
    }
  }
  fields.finish();
  return duration;
}

std::optional<Duration> read_timeout(Context& context, const Node& node) {
  if (!node.json().is_string()) return read_timeout_policy(context, node);
  const auto name = node.json().get<std::string>();
  if (const auto declared = context.reusable("timeouts", name)) {
    return read_timeout_policy(context, *declared);
  }
  context.note_undeclared(node, "timeouts", name);
  return std::nullopt;
}

}  // namespace endure::workflow::parse
