#include <string>

#include "workflow/parse/event_filter.hpp"
#include "workflow/parse/task.hpp"

namespace endure::workflow::parse {

namespace {

using Mode = ListenTask::Mode;

void read_list(Context& context, const Node& node, ListenTask& body) {
  if (!check_list(context, node, "a list of event filters")) return;
  for (std::size_t i = 0; i < node.json().size(); ++i) {
    body.filters.push_back(read_event_filter(context, node.item(i)));
  }
}

void refuse_until(Context& context, Fields& to) {
  const auto until = to.take("until");
  if (!until) return;
  context.problems.unsupported(until->pointer, "`until`");
  if (until->json().is_object() && until->json().contains("until")) {
    context.problems.add(until->below("until"), "an `until` cannot have an `until` of its own");
  }
}

void read_strategy(Context& context, const Node& node, ListenTask& body) {
  Fields to(context, node, "`to`");
  const auto one = to.take("one");
  const auto any = to.take("any");
  const auto all = to.take("all");
  refuse_until(context, to);
  to.finish();
  if (!to.is_object()) return;
  if (int{one.has_value()} + int{any.has_value()} + int{all.has_value()} != 1) {
    context.problems.add(node.pointer, "expected exactly one of one, any, all");
  }
  if (one) {
    body.mode = Mode::one;
    body.filters.push_back(read_event_filter(context, *one));
  }
  if (any) {
    body.mode = Mode::any;
    read_list(context, *any, body);
  }
  if (all) {
    body.mode = Mode::all;
    read_list(context, *all, body);
    if (all->json().is_array() && all->json().empty()) {
      context.problems.add(all->pointer, "expected at least one event filter");
    }
  }
}

}  // namespace

TaskBody parse_listen(Context& context, TaskSource& task) {
  ListenTask body;
  Fields listen(context, task.fields.node().member("listen"), "`listen`");
  if (const auto to = listen.require("to", "which events to wait for: one, any or all")) {
    read_strategy(context, *to, body);
  }
  if (const auto read = listen.take("read")) {
    constexpr ListenTask::Read reads[] = {ListenTask::Read::data, ListenTask::Read::envelope,
                                          ListenTask::Read::raw};
    body.read = reads[read_choice(context, *read, {"data", "envelope", "raw"}).value_or(0)];
  }
  listen.finish();
  task.fields.unsupported("foreach", "`foreach` of `listen`");
  return body;
}

}  // namespace endure::workflow::parse
