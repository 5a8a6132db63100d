#include "runtime/http/workflow_filter.hpp"

#include <algorithm>
#include <charconv>

#include "base/ids.hpp"

namespace endure::http {

namespace {

constexpr std::string_view phases[] = {"pending",   "running", "waiting",  "suspended",
                                       "cancelled", "faulted", "completed"};

Result<std::optional<Instant>> instant(const Arguments& query, std::string_view name) {
  const auto text = query.text(name);
  if (!text) return std::nullopt;
  Instant t;
  if (!from_rfc3339(*text, t)) {
    return fail(Code::invalid,
                "'" + std::string(name) + "' is not a time such as 2026-01-31T12:00:00Z",
                std::string(name));
  }
  return t;
}

}  // namespace

std::vector<Field> workflow_filter_fields(std::int64_t max_page) {
  using Type = Field::Type;
  return {
      {.name = "namespace", .type = Type::text, .doc = "Only of this namespace."},
      {.name = "phase",
       .type = Type::text,
       .doc = "Only in this phase.",
       .one_of = {std::begin(phases), std::end(phases)}},
      {.name = "status", .type = Type::text, .doc = "Only with this business status."},
      {.name = "definition", .type = Type::text, .doc = "Only of the definition so named."},
      {.name = "version", .type = Type::text, .doc = "Only of this version of it."},
      {.name = "parent",
       .type = Type::text,
       .doc = "Only started by this workflow: ID (in `namespace`, or default) or NAMESPACE/ID."},
      {.name = "created_after", .type = Type::text, .doc = "RFC 3339."},
      {.name = "created_before", .type = Type::text, .doc = "RFC 3339."},
      {.name = "older_than_ms",
       .type = Type::integer,
       .doc = "Only created more than so many milliseconds ago.",
       .min = 0},
      {.name = "limit",
       .type = Type::integer,
       .doc = "Workflows in the page; default 50.",
       .min = 1,
       .max = max_page},
      {.name = "cursor", .type = Type::text, .doc = "next_cursor of the page before."}};
}

Result<persistence::WorkflowFilter> workflow_filter(const Arguments& query, Instant now) {
  persistence::WorkflowFilter filter;
  filter.ns = query.text("namespace");
  if (filter.ns) {
    if (auto fine = check_namespace(*filter.ns); !fine) return Failure(fine.error());
  }
  if (const auto phase = query.text("phase")) filter.phase = workflow::phase_from(*phase);
  filter.status = query.text("status");
  filter.definition = query.text("definition");
  filter.definition_version = query.text("version");
  auto after = instant(query, "created_after");
  if (!after) return Failure(after.error());
  auto before = instant(query, "created_before");
  if (!before) return Failure(before.error());
  filter.created_after = *after;
  filter.created_before = *before;
  if (const auto age_ms = query.integer("older_than_ms")) {
    const Instant limit{now.ms - std::min(*age_ms, now.ms)};
    filter.created_before = std::min(filter.created_before.value_or(limit), limit);
  }
  return filter;
}

WorkflowName parent_name(const std::string& text, const std::string& fallback_ns) {
  const auto slash = text.find('/');
  if (slash == std::string::npos) return {fallback_ns, text};
  return {text.substr(0, slash), text.substr(slash + 1)};
}

Result<std::optional<WorkflowNumber>> cursor_number(const Arguments& query) {
  const auto text = query.text("cursor");
  if (!text) return std::nullopt;
  WorkflowNumber number = 0;
  const auto* end = text->data() + text->size();
  const auto [read, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc() || read != end) {
    return fail(Code::invalid, "the cursor is not one that a page before gave", "cursor");
  }
  return number;
}

}  // namespace endure::http
