#include "workflow/parse/flow.hpp"
#include "workflow/parse/names.hpp"
#include "workflow/parse/runtime_expression.hpp"
#include "workflow/parse/task.hpp"

namespace endure::workflow::parse {

namespace {

std::optional<SwitchTask::Case> read_case(Context& context, const Node& item) {
  Fields outer(context, item, "a named case");
  if (!outer.is_object()) return std::nullopt;
  if (item.json().size() != 1) {
    context.problems.add(item.pointer, "expected one named case, found " +
                                           std::to_string(item.json().size()) +
                                           " keys; each case is an item of its own");
    return std::nullopt;
  }
  SwitchTask::Case read;
  read.name = item.json().begin().key();
  Fields fields(context, item.member(read.name), "a case");
  if (const auto when = fields.take("when")) read.when = read_expression(context, *when);
  if (const auto then = fields.require("then", "continue, exit, end or a task's name")) {
    read.then = read_flow(context, *then);
  }
  fields.finish();
  return read;
}

}  // namespace

TaskBody parse_switch(Context& context, TaskSource& task) {
  const Node list = task.fields.node().member("switch");
  SwitchTask body;
  if (!check_list(context, list, "a list of named cases")) return body;
  if (list.json().empty()) context.problems.add(list.pointer, "expected at least one case");
  std::string default_name;
  for (std::size_t i = 0; i < list.json().size(); ++i) {
    auto read = read_case(context, list.item(i));
    if (!read) continue;
    const Node node = list.item(i).member(read->name);
    const bool is_default = node.json().is_object() && !node.json().contains("when");
    if (is_default && !default_name.empty()) {
      context.problems.add(node.pointer, "a case without `when` is the default, and " +
                                             shown(default_name) +
                                             " is one already; give it a condition");
    }
    if (is_default) default_name = read->name;
    body.cases.push_back(*std::move(read));
  }
  return body;
}

}  // namespace endure::workflow::parse
