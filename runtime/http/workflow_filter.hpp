// The query of a list of workflows as a filter of the store.
#pragma once

#include <optional>
#include <vector>

#include "persistence/store.hpp"
#include "runtime/http/fields.hpp"

namespace endure::http {

std::vector<Field> workflow_filter_fields(std::int64_t max_page);

// Code::invalid with the parameter's name in `where`.
Result<persistence::WorkflowFilter> workflow_filter(const Arguments& query, Instant now);
Result<std::optional<WorkflowNumber>> cursor_number(const Arguments& query);

// What `parent` names: "id" or "namespace/id".
WorkflowName parent_name(const std::string& text, const std::string& fallback_ns);

}  // namespace endure::http
