#include "workflow/parse/runtime_expression.hpp"

#include <utility>

#include "workflow/expressions.hpp"
#include "workflow/parse/fields.hpp"

namespace endure::workflow::parse {

namespace {

// parse_template names the first bad expression alone; this names them all.
void note_template_problems(Context& context, const Node& node) {
  if (node.json().is_object()) {
    for (const auto& [key, value] : node.json().items()) {
      note_template_problems(context, {&value, node.below(key)});
    }
  } else if (node.json().is_array()) {
    for (std::size_t i = 0; i < node.json().size(); ++i) {
      note_template_problems(context, node.item(i));
    }
  } else {
    const auto leaf = parse_template(node.json(), node.pointer, context.expressions, context.mode);
    if (!leaf) context.problems.add(node.pointer, leaf.error().what);
  }
}

}  // namespace

std::optional<std::string> enclosed(const std::string& text) {
  if (!is_expression_text(text)) return std::nullopt;
  return strip_expression(text);
}

std::optional<Expression> read_expression(Context& context, const Node& node) {
  const auto text = read_text(context, node, "text (a jq expression)");
  if (!text) return std::nullopt;
  const std::string program = strip_expression(*text);
  if (program.empty()) {
    context.problems.add(node.pointer, "expected a jq expression, found empty text");
    return std::nullopt;
  }
  auto compiled = context.expressions.compile(program);
  if (compiled) return *std::move(compiled);
  context.problems.add(node.pointer, compiled.error().what);
  return std::nullopt;
}

std::optional<Template> read_template(Context& context, const Node& node) {
  auto parsed = parse_template(node.json(), node.pointer, context.expressions, context.mode);
  if (parsed) return *std::move(parsed);
  note_template_problems(context, node);
  // Whatever the leaves said, a template that was refused must not pass.
  if (context.problems.empty()) context.problems.add(parsed.error().where, parsed.error().what);
  return std::nullopt;
}

std::optional<Template> read_transform(Context& context, const Node& node) {
  if (node.json().is_object()) return read_template(context, node);
  if (!node.json().is_string()) {
    context.problems.add(node.pointer,
                         "expected a jq expression or an object, found " + type_name(node.json()));
    return std::nullopt;
  }
  if (context.mode == ExpressionMode::loose) return read_template(context, node);
  auto expression = read_expression(context, node);
  if (!expression) return std::nullopt;
  return Template{*std::move(expression)};
}

std::optional<Template> read_text_template(Context& context, const Node& node,
                                           std::string_view expected) {
  if (!read_text(context, node, expected)) return std::nullopt;
  return read_template(context, node);
}

Template constant(Json json) {
  return Template{Value(std::move(json))};
}

}  // namespace endure::workflow::parse
