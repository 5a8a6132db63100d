#include <string>

#include "workflow/parse/common.hpp"
#include "workflow/parse/event_filter.hpp"
#include "workflow/parse/runtime_expression.hpp"
#include "workflow/parse/task.hpp"

namespace endure::workflow::parse {

namespace {

using Mode = ListenTask::Mode;

struct Strategy {
  Mode mode = Mode::one;
  std::vector<EventFilter> filters;
};

std::vector<EventFilter> read_list(Context& context, const Node& node) {
  std::vector<EventFilter> filters;
  if (!check_list(context, node, "a list of event filters")) return filters;
  for (std::size_t i = 0; i < node.json().size(); ++i) {
    filters.push_back(read_event_filter(context, node.item(i)));
  }
  return filters;
}

// one, any or all; what else `fields` holds is its caller's.
Strategy read_strategy(Context& context, Fields& fields) {
  Strategy strategy;
  const auto one = fields.take("one");
  const auto any = fields.take("any");
  const auto all = fields.take("all");
  if (!fields.is_object()) return strategy;
  if (int{one.has_value()} + int{any.has_value()} + int{all.has_value()} != 1) {
    context.problems.add(fields.node().pointer, "expected exactly one of one, any, all");
  }
  if (one) {
    strategy.mode = Mode::one;
    strategy.filters.push_back(read_event_filter(context, *one));
  }
  if (any) {
    strategy.mode = Mode::any;
    strategy.filters = read_list(context, *any);
  }
  if (all) {
    strategy.mode = Mode::all;
    strategy.filters = read_list(context, *all);
    if (all->json().is_array() && all->json().empty()) {
      context.problems.add(all->pointer, "expected at least one event filter");
    }
  }
  return strategy;
}

void read_until(Context& context, const Node& node, ListenTask& body) {
  if (node.json().is_string()) {
    if (auto condition = read_expression(context, node)) body.until = *std::move(condition);
    return;
  }
  if (!node.json().is_object()) {
    context.problems.add(node.pointer,
                         "expected a jq expression that ends the listening, or the events that do "
                         "(one, any or all), found " +
                             type_name(node.json()));
    return;
  }
  Fields until(context, node, "`until`");
  Strategy strategy = read_strategy(context, until);
  if (const auto again = until.take("until")) {
    context.problems.add(again->pointer, "an `until` cannot have an `until` of its own");
  }
  until.finish();
  body.until = ListenTask::UntilEvents{strategy.mode, std::move(strategy.filters)};
}

void read_to(Context& context, const Node& node, ListenTask& body) {
  Fields to(context, node, "`to`");
  Strategy strategy = read_strategy(context, to);
  body.mode = strategy.mode;
  body.filters = std::move(strategy.filters);
  if (const auto until = to.take("until")) {
    if (to.has("any")) {
      read_until(context, *until, body);
    } else if (to.is_object()) {
      context.problems.add(until->pointer,
                           "`until` belongs to `any` alone: `one` and `all` end by themselves");
    }
  }
  to.finish();
}

}  // namespace

ListenTask::Each read_each(Context& context, TaskId task, const Node& node) {
  ListenTask::Each each;
  Fields fields(context, node, "`foreach`");
  if (const auto item = fields.take("item")) {
    each.item = read_variable_name(context, *item).value_or(each.item);
  }
  const auto at = fields.take("at");
  if (at) each.at = read_variable_name(context, *at).value_or(each.at);
  if (each.at == each.item) {
    context.problems.add((at ? *at : fields.node()).pointer,
                         "`at` and `item` are both `" + each.at + "`; choose two names");
  }
  each.output_as = take_output(context, fields, each.schemas);
  each.export_as = take_export(context, fields, each.schemas);
  if (const auto list = fields.take("do")) each.body = parse_body(context, task, *list);
  fields.finish();
  return each;
}

TaskBody parse_listen(Context& context, TaskSource& task) {
  ListenTask body;
  Fields listen(context, task.fields.node().member("listen"), "`listen`");
  if (const auto to = listen.require("to", "which events to wait for: one, any or all")) {
    read_to(context, *to, body);
  }
  if (const auto read = listen.take("read")) {
    constexpr ListenTask::Read reads[] = {ListenTask::Read::data, ListenTask::Read::envelope,
                                          ListenTask::Read::raw};
    body.read = reads[read_choice(context, *read, {"data", "envelope", "raw"}).value_or(0)];
  }
  listen.finish();
  if (const auto each = task.fields.take("foreach")) body.each = read_each(context, task.id, *each);
  return body;
}

}  // namespace endure::workflow::parse
