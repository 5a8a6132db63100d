#include "workflow/parse/runtime_expression.hpp"
#include "workflow/parse/task.hpp"

namespace endure::workflow::parse {

namespace {

void read_collection(Context& context, const Node& node, ForTask& body) {
  if (node.json().is_array()) {
    if (auto read = read_template(context, node)) body.in = *std::move(read);
  } else if (node.json().is_string()) {
    if (auto read = read_expression(context, node)) body.in = *std::move(read);
  } else {
    context.problems.add(node.pointer,
                         "expected a jq expression or a list, found " + type_name(node.json()));
  }
}

}  // namespace

TaskBody parse_for(Context& context, TaskSource& task) {
  ForTask body;
  Fields loop(context, task.fields.node().member("for"), "`for`");
  if (const auto each = loop.take("each")) {
    body.each = read_variable_name(context, *each).value_or(body.each);
  }
  const auto at = loop.take("at");
  if (at) body.at = read_variable_name(context, *at).value_or(body.at);
  if (body.at == body.each) {
    context.problems.add((at ? *at : loop.node()).pointer,
                         "`at` and `each` are both `" + body.at + "`; choose two names");
  }
  if (const auto in = loop.require("in", "a jq expression or a list")) {
    read_collection(context, *in, body);
  }
  loop.finish();
  if (const auto condition = task.fields.take("while")) {
    body.while_ = read_expression(context, *condition);
  }
  if (const auto list = task.fields.require("do", "a list of named tasks")) {
    body.body = parse_body(context, task.id, *list);
  }
  return body;
}

}  // namespace endure::workflow::parse
