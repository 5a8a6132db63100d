// Members that tasks and the workflow itself share.
#pragma once

#include <optional>

#include "workflow/parse/fields.hpp"

namespace endure::workflow::parse {

// `input: {schema, from}`, `output: {schema, as}`, `export: {schema, as}`.
std::optional<Template> take_input(Context& context, Fields& fields, DataSchemas& schemas);
std::optional<Template> take_output(Context& context, Fields& fields, DataSchemas& schemas);
std::optional<Template> take_export(Context& context, Fields& fields, DataSchemas& schemas);
std::optional<Duration> take_timeout(Context& context, Fields& fields);

// Reads if, input, output, export, timeout, then and metadata into `task`; returns the metadata.
std::optional<Node> take_common(Context& context, Fields& fields, Task& task);

}  // namespace endure::workflow::parse
