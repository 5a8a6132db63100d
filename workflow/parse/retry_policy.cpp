#include <algorithm>
#include <array>
#include <string>

#include "workflow/parse/duration.hpp"
#include "workflow/parse/reusable.hpp"
#include "workflow/parse/runtime_expression.hpp"

namespace endure::workflow::parse {

namespace {

using Backoff = RetryPolicy::Backoff;

void read_max_delay(Context& context, Fields& fields, RetryPolicy& policy) {
  if (const auto most = fields.take("maxDelay")) {
    policy.max_delay = read_duration(context, *most);
  }
}

void read_multiplier(Context& context, const Node& node, RetryPolicy& policy) {
  if (node.json().is_number() && node.json().get<double>() >= 1.0 &&
      node.json().get<double>() <= 1000.0) {
    policy.multiplier = node.json().get<double>();
    return;
  }
  context.problems.add(node.pointer, "expected a number from 1 to 1000");
}

// The specification leaves the members of the three to the runtime: docs/language.md.
void read_backoff(Context& context, const Node& node, RetryPolicy& policy) {
  Fields fields(context, node, "`backoff`");
  int given = 0;
  if (const auto constant = fields.take("constant")) {
    ++given;
    policy.backoff = Backoff::constant;
    Fields(context, *constant, "`constant`").finish();
  }
  if (const auto exponential = fields.take("exponential")) {
    ++given;
    policy.backoff = Backoff::exponential;
    Fields inner(context, *exponential, "`exponential`");
    if (const auto by = inner.take("multiplier")) read_multiplier(context, *by, policy);
    read_max_delay(context, inner, policy);
    inner.finish();
  }
  if (const auto linear = fields.take("linear")) {
    ++given;
    policy.backoff = Backoff::linear;
    Fields inner(context, *linear, "`linear`");
    if (const auto by = inner.take("increment")) policy.increment = read_duration(context, *by);
    read_max_delay(context, inner, policy);
    inner.finish();
  }
  fields.finish();
  if (fields.is_object() && given != 1) {
    context.problems.add(node.pointer, "expected exactly one of constant, exponential, linear");
  }
}

void read_limit(Context& context, const Node& node, RetryPolicy& policy) {
  Fields fields(context, node, "`limit`");
  if (const auto attempt = fields.take("attempt")) {
    Fields inner(context, *attempt, "`attempt`");
    if (const auto count = inner.take("count")) {
      if (const auto number = read_integer(context, *count, 0, 1'000'000)) {
        policy.limit_attempts = static_cast<std::uint32_t>(*number);
      }
    }
    if (const auto duration = inner.take("duration")) {
      policy.limit_attempt_duration = read_duration(context, *duration);
    }
    inner.finish();
  }
  if (const auto duration = fields.take("duration")) {
    policy.limit_duration = read_duration(context, *duration);
  }
  fields.finish();
}

void read_jitter(Context& context, const Node& node, RetryPolicy& policy) {
  Fields fields(context, node, "`jitter`");
  if (const auto from = fields.require("from", "a duration")) {
    policy.jitter_from = read_duration(context, *from).value_or(Duration{});
  }
  if (const auto to = fields.require("to", "a duration")) {
    policy.jitter_to = read_duration(context, *to).value_or(policy.jitter_from);
    const auto* from_ms = std::get_if<std::int64_t>(&policy.jitter_from.ms_or_template);
    const auto* to_ms = std::get_if<std::int64_t>(&policy.jitter_to.ms_or_template);
    if (from_ms != nullptr && to_ms != nullptr && *to_ms < *from_ms) {
      context.problems.add(to->pointer, "`to` is less than `from`; expected at least as much");
    }
  }
  fields.finish();
}

}  // namespace

std::optional<RetryPolicy> read_retry(Context& context, const Node& node) {
  Fields fields(context, node, "a retry policy");
  if (!fields.is_object()) return std::nullopt;
  RetryPolicy policy;
  if (const auto when = fields.take("when")) policy.when = read_expression(context, *when);
  if (const auto except = fields.take("exceptWhen")) {
    policy.except_when = read_expression(context, *except);
  }
  if (const auto delay = fields.take("delay")) {
    policy.delay = read_duration(context, *delay).value_or(Duration{});
  }
  if (const auto backoff = fields.take("backoff")) read_backoff(context, *backoff, policy);
  if (const auto limit = fields.take("limit")) read_limit(context, *limit, policy);
  if (const auto jitter = fields.take("jitter")) read_jitter(context, *jitter, policy);
  fields.finish();
  return policy;
}

std::optional<RetryPolicy> read_retry_or_name(Context& context, const Node& node) {
  if (!node.json().is_string()) return read_retry(context, node);
  const auto name = node.json().get<std::string>();
  if (const auto declared = context.reusable("retries", name)) {
    return read_retry(context, *declared);
  }
  context.note_undeclared(node, "retries", name);
  return std::nullopt;
}

}  // namespace endure::workflow::parse
