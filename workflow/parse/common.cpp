#include "workflow/parse/common.hpp"

#include <string>

#include "workflow/parse/duration.hpp"
#include "workflow/parse/flow.hpp"
#include "workflow/parse/metadata.hpp"
#include "workflow/parse/runtime_expression.hpp"
#include "workflow/parse/schema.hpp"

namespace endure::workflow::parse {

namespace {

std::optional<Template> take_transform(Context& context, Fields& fields, const std::string& section,
                                       const std::string& key,
                                       std::shared_ptr<const JsonSchema>& schema) {
  const auto found = fields.take(section);
  if (!found) return std::nullopt;
  Fields inner(context, *found, "`" + section + "`");
  if (const auto node = inner.take("schema")) schema = read_schema(context, *node);
  std::optional<Template> transform;
  if (const auto node = inner.take(key)) transform = read_transform(context, *node);
  inner.finish();
  return transform;
}

}  // namespace

std::optional<Template> take_input(Context& context, Fields& fields, DataSchemas& schemas) {
  return take_transform(context, fields, "input", "from", schemas.input);
}

std::optional<Template> take_output(Context& context, Fields& fields, DataSchemas& schemas) {
  return take_transform(context, fields, "output", "as", schemas.output);
}

std::optional<Template> take_export(Context& context, Fields& fields, DataSchemas& schemas) {
  return take_transform(context, fields, "export", "as", schemas.exported);
}

std::optional<Duration> take_timeout(Context& context, Fields& fields) {
  const auto found = fields.take("timeout");
  if (!found) return std::nullopt;
  return read_timeout(context, *found);
}

std::optional<Node> take_common(Context& context, Fields& fields, Task& task) {
  if (const auto condition = fields.take("if")) task.if_ = read_expression(context, *condition);
  task.input_from = take_input(context, fields, task.schemas);
  task.output_as = take_output(context, fields, task.schemas);
  task.export_as = take_export(context, fields, task.schemas);
  task.timeout = take_timeout(context, fields);
  if (const auto then = fields.take("then")) task.then = read_flow(context, *then);

  auto metadata = fields.take("metadata");
  if (metadata) Fields(context, *metadata, "metadata");  // its type alone: any key may stand in it
  task.status = read_status(context, metadata, "status");
  task.status_after = read_status(context, metadata, "statusAfter");
  return metadata;
}

}  // namespace endure::workflow::parse
