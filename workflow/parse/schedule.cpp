#include "workflow/parse/schedule.hpp"

#include "workflow/parse/duration.hpp"
#include "workflow/parse/event_filter.hpp"
#include "workflow/parse/fields.hpp"
#include "workflow/parse/names.hpp"

namespace endure::workflow::parse {

namespace {

using Kind = Schedule::Kind;
using Mode = ListenTask::Mode;

// Below this a schedule is a mistake that keeps a node busy.
constexpr std::int64_t least_interval_ms = 100;

void read_interval(Context& context, const Node& node, Schedule& schedule) {
  schedule.text = node.json().is_string() ? node.json().get<std::string>() : node.json().dump();
  const auto ms = read_constant_duration(context, node);
  if (!ms) return;
  schedule.interval_ms = *ms;
  if (*ms >= least_interval_ms) return;
  context.problems.add(node.pointer, "expected at least 100 milliseconds between two runs");
}

void read_cron(Context& context, const Node& node, Schedule& schedule) {
  const auto text = read_text(context, node, "a cron expression such as `0 0 * * *`");
  if (!text) return;
  schedule.text = *text;
  auto cron = parse_cron(*text);
  if (cron) {
    schedule.cron = *cron;
  } else {
    context.problems.add(node.pointer, cron.error().what);
  }
}

// Correlation is between events and a workflow, of which there is none yet.
void read_filter(Context& context, const Node& node, Schedule& schedule) {
  schedule.filters.push_back(read_event_filter(context, node));
  if (!schedule.filters.back().correlate.empty()) {
    context.problems.unsupported(node.below("correlate"), "`correlate` of a schedule");
  }
}

void read_filters(Context& context, const Node& list, Schedule& schedule) {
  if (!check_list(context, list, "a list of event filters")) return;
  for (std::size_t i = 0; i < list.json().size(); ++i) {
    read_filter(context, list.item(i), schedule);
  }
  if (schedule.mode == Mode::all && list.json().empty()) {
    context.problems.add(list.pointer, "expected at least one event filter");
  }
}

void read_events(Context& context, const Node& node, Schedule& schedule) {
  Fields on(context, node, "`on`");
  const auto one = on.take("one");
  const auto any = on.take("any");
  const auto all = on.take("all");
  on.unsupported("until", "`until` of a schedule");
  on.finish();
  if (!on.is_object()) return;
  if (int{one.has_value()} + int{any.has_value()} + int{all.has_value()} != 1) {
    context.problems.add(node.pointer, "expected exactly one of one, any, all");
  }
  if (one) {
    schedule.text = "one";
    read_filter(context, *one, schedule);
  } else if (any) {
    schedule.text = "any";
    schedule.mode = Mode::any;
    read_filters(context, *any, schedule);
  } else if (all) {
    schedule.text = "all";
    schedule.mode = Mode::all;
    read_filters(context, *all, schedule);
  }
}

void read_how(Context& context, Fields& fields, Schedule& schedule) {
  if (const auto read = fields.take("read")) {
    constexpr ListenTask::Read reads[] = {ListenTask::Read::data, ListenTask::Read::envelope,
                                          ListenTask::Read::raw};
    schedule.read = reads[read_choice(context, *read, {"data", "envelope", "raw"}).value_or(0)];
    if (schedule.kind != Kind::on) {
      context.problems.add(read->pointer,
                           "`read` says how events are read; it belongs to `on` alone");
    }
  }
}

// -- document.metadata --------------------------------------------------------

std::optional<Node> member(const std::optional<Node>& node, const std::string& key) {
  if (!node || !node->json().is_object() || !node->json().contains(key)) return std::nullopt;
  return node->member(key);
}

void read_time_zone(Context& context, const Node& node, Schedule& schedule) {
  const auto name = read_text(context, node, "a time zone's name such as `Europe/Berlin`");
  if (!name) return;
  if (const auto zone = find_time_zone(*name); !zone) {
    context.problems.add(node.pointer, zone.error().what);
  }
  schedule.time_zone = *name;
}

// Where a policy would do nothing, it is refused: its author expects something of it.
void read_policies(Context& context, const Node& node, Schedule& schedule) {
  Fields fields(context, node, "`metadata.schedule`");
  const auto missed = fields.take("missed");
  const auto overlap = fields.take("overlap");
  fields.finish();
  const bool by_time = schedule.kind == Kind::every || schedule.kind == Kind::cron;
  for (const auto& policy : {missed, overlap}) {
    if (!policy || by_time) continue;
    context.problems.add(policy->pointer, "this concerns schedules by time: `every` and `cron`");
  }
  if (missed) {
    constexpr Schedule::Missed values[] = {Schedule::Missed::skip, Schedule::Missed::once,
                                           Schedule::Missed::all};
    schedule.missed = values[read_choice(context, *missed, {"skip", "once", "all"}).value_or(1)];
  }
  if (overlap) {
    constexpr Schedule::Overlap values[] = {Schedule::Overlap::allow, Schedule::Overlap::skip,
                                            Schedule::Overlap::queue};
    schedule.overlap =
        values[read_choice(context, *overlap, {"allow", "skip", "queue"}).value_or(0)];
  }
}

void read_one(Context& context, Fields& fields, Schedule& schedule) {
  const auto every = fields.take("every");
  const auto cron = fields.take("cron");
  const auto after = fields.take("after");
  const auto on = fields.take("on");
  const int kinds =
      int{every.has_value()} + int{cron.has_value()} + int{after.has_value()} + int{on.has_value()};
  if (kinds != 1) {
    context.problems.add(fields.node().pointer,
                         kinds == 0 ? "expected one of every, cron, after, on"
                                    : "expected one of every, cron, after, on, found several; "
                                      "deploy a definition for each");
  }
  if (every) {
    read_interval(context, *every, schedule);
  } else if (cron) {
    schedule.kind = Kind::cron;
    read_cron(context, *cron, schedule);
  } else if (after) {
    schedule.kind = Kind::after;
    read_interval(context, *after, schedule);
  } else if (on) {
    schedule.kind = Kind::on;
    read_events(context, *on, schedule);
  }
}

}  // namespace

std::shared_ptr<const Schedule> read_schedule(Context& context, const std::optional<Node>& node,
                                              const std::optional<Node>& metadata) {
  const auto zone = member(metadata, "timeZone");
  const auto policies = member(metadata, "schedule");
  if (!node) {
    if (policies) {
      context.problems.add(policies->pointer,
                           "there is no `schedule` in this definition that this could concern");
    }
    return nullptr;
  }
  auto schedule = std::make_shared<Schedule>();
  Fields fields(context, *node, "`schedule`");
  if (fields.is_object()) {
    read_one(context, fields, *schedule);
    read_how(context, fields, *schedule);
    fields.finish();
  }
  if (zone) read_time_zone(context, *zone, *schedule);
  if (policies) read_policies(context, *policies, *schedule);
  return schedule;
}

}  // namespace endure::workflow::parse
