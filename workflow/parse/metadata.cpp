#include "workflow/parse/metadata.hpp"

#include <array>
#include <utility>

#include "base/ids.hpp"
#include "workflow/parse/duration.hpp"
#include "workflow/parse/fields.hpp"
#include "workflow/parse/names.hpp"
#include "workflow/parse/runtime_expression.hpp"

namespace endure::workflow::parse {

namespace {

constexpr std::size_t max_status_bytes = 64;

std::optional<Node> member(const std::optional<Node>& metadata, const std::string& key) {
  if (!metadata || !metadata->json().is_object() || !metadata->json().contains(key)) {
    return std::nullopt;
  }
  return metadata->member(key);
}

// A status is shown in lists and filtered by, so it is a short word and never empty.
bool check_status(Context& context, const Node& node) {
  const auto text = read_text(context, node, "text (a business status)");
  if (!text) return false;
  if (!text->empty() && (text->size() <= max_status_bytes || enclosed(*text))) return true;
  context.problems.add(node.pointer, "expected a status of 1 to " +
                                         std::to_string(max_status_bytes) + " bytes, found " +
                                         (text->empty() ? "empty text" : shown(*text)));
  return false;
}

}  // namespace

std::optional<std::string> read_queue(Context& context, const Node& node) {
  auto name = read_text(context, node, "text (a queue's name)");
  if (!name) return std::nullopt;
  if (const auto checked = check_queue(*name); !checked) {
    context.problems.add(node.pointer, checked.error().what);
    return std::nullopt;
  }
  if (name->starts_with("endure.")) {
    context.problems.add(node.pointer, shown(*name) +
                                           " is a queue of the node's own; names that "
                                           "begin with `endure.` are kept for it");
    return std::nullopt;
  }
  return name;
}

StepMetadata read_step_metadata(Context& context, const std::optional<Node>& metadata) {
  StepMetadata read;
  if (const auto queue = member(metadata, "queue")) read.queue = read_queue(context, *queue);
  if (const auto priority = member(metadata, "priority")) {
    if (const auto number = read_integer(context, *priority, 0, 9)) {
      read.policy.priority = static_cast<std::uint8_t>(*number);
    }
  }
  if (const auto attempts = member(metadata, "maxAttempts")) {
    if (const auto number = read_integer(context, *attempts, 1, 1'000'000)) {
      read.policy.max_attempts = static_cast<std::uint32_t>(*number);
    }
  }
  if (const auto lease = member(metadata, "lease")) {
    read.policy.lease_ms = read_constant_duration(context, *lease);
    if (read.policy.lease_ms == 0) {
      context.problems.add(lease->pointer, "a lease of nothing is lost at once; expected more");
    }
  }
  if (const auto backoff = member(metadata, "backoff")) {
    read.policy.backoff_ms = read_constant_duration(context, *backoff);
  }
  if (const auto most = member(metadata, "maxBackoff")) {
    read.policy.max_backoff_ms = read_constant_duration(context, *most);
  }
  return read;
}

void refuse_step_metadata(Context& context, const std::optional<Node>& metadata) {
  static constexpr std::array keys = {"queue", "priority", "maxAttempts",
                                      "lease", "backoff",  "maxBackoff"};
  for (const char* key : keys) {
    if (const auto found = member(metadata, key)) {
      context.problems.add(found->pointer,
                           shown(key) +
                               " concerns the steps of workers, and this task makes none; put it "
                               "on a task that calls a function");
    }
  }
}

StepMetadata laid_over(StepMetadata base, const StepMetadata& over) {
  const auto lay = [](auto& under, const auto& upper) {
    if (upper) under = upper;
  };
  lay(base.queue, over.queue);
  lay(base.policy.priority, over.policy.priority);
  lay(base.policy.max_attempts, over.policy.max_attempts);
  lay(base.policy.lease_ms, over.policy.lease_ms);
  lay(base.policy.backoff_ms, over.policy.backoff_ms);
  lay(base.policy.max_backoff_ms, over.policy.max_backoff_ms);
  return base;
}

std::optional<Template> read_status(Context& context, const std::optional<Node>& metadata,
                                    const std::string& key) {
  const auto found = member(metadata, key);
  if (!found || !check_status(context, *found)) return std::nullopt;
  const auto mode = std::exchange(context.mode, ExpressionMode::strict);  // it is Endure's own
  auto status = read_template(context, *found);
  context.mode = mode;
  return status;
}

std::string read_initial_status(Context& context, const Node& metadata) {
  const auto found = member(metadata, "status");
  if (!found || !check_status(context, *found)) return {};
  auto text = found->json().get<std::string>();
  if (!enclosed(text)) return text;
  context.problems.add(found->pointer,
                       "the first status is set before there is any data; expected plain text");
  return {};
}

}  // namespace endure::workflow::parse
