#include "workflow/interpreter/listening.hpp"

#include <algorithm>

#include "workflow/interpreter/event_filter.hpp"
#include "workflow/interpreter/text.hpp"

namespace endure::workflow::interpreter {
namespace {

using Mode = ListenTask::Mode;
using UntilEvents = ListenTask::UntilEvents;

// The frame's data is null, or an object with any of these: `met` and `until` (filters that have
// had their event), `events` (the values for the output), `keys` (correlation values).
const Json* part(const Frame& frame, const char* name) {
  if (!frame.data->is_object()) return nullptr;
  const auto found = frame.data->find(name);
  return found == frame.data->end() ? nullptr : &*found;
}

bool is_met(const Frame& frame, const char* list, std::size_t filter) {
  const Json* met = part(frame, list);
  return met != nullptr && std::find(met->begin(), met->end(), filter) != met->end();
}

std::size_t count_met(const Frame& frame, const char* list) {
  const Json* met = part(frame, list);
  return met == nullptr ? 0 : met->size();
}

// The condition that is never true: a listen without end, whose output nobody will ever read.
bool is_endless(const ListenTask& task) {
  const auto* condition = std::get_if<Expression>(&task.until);
  return condition != nullptr && condition->kind == Expression::Kind::constant &&
         !is_true(condition->constant);
}

bool equal(const Json& value, const Json& expected) {
  if (value == expected) return true;
  return expected.is_string() && !value.is_string() && !value.is_structured() &&
         to_text(value) == expected.get_ref<const std::string&>();
}

// Whether the event belongs to those before it. Adds the keys that it would be the first to set.
bool correlates(const Machine& machine, const EventFilter& filter, const Frame& frame,
                const CloudEvent& event, const Site& site, Json& keys) {
  for (const auto& correlation : filter.correlate) {
    const auto value = machine.evaluator.evaluate(correlation.from, event, site);
    if (!value || value->is_null()) return false;
    if (correlation.expect) {
      const auto expected = machine.evaluator.render(*correlation.expect, *site.input, site);
      if (!expected || !equal(value->json(), expected->json())) return false;
    }
    const Json* known = part(frame, "keys");
    const bool is_known = known != nullptr && known->contains(correlation.key);
    if (is_known && !correlation.expect && known->at(correlation.key) != value->json()) {
      return false;
    }
    if (!is_known) keys[correlation.key] = value->json();
  }
  return true;
}

std::optional<Match> find_in(const Machine& machine, const std::vector<EventFilter>& filters,
                             bool until, const Frame& frame, const CloudEvent& event,
                             const Site& site) {
  if (filters.empty()) return Match{until, 0, nullptr};
  for (std::size_t i = 0; i < filters.size(); ++i) {
    if (is_met(frame, until ? "until" : "met", i)) continue;
    if (!matches(filters[i], event, machine.evaluator, site)) continue;
    Match match{until, i, nullptr};
    if (correlates(machine, filters[i], frame, event, site, match.keys)) return match;
  }
  return std::nullopt;
}

void add_types(const std::vector<EventFilter>& filters, const char* met, const Frame& frame,
               std::vector<std::string>& types) {
  if (filters.empty()) types.emplace_back();
  for (std::size_t i = 0; i < filters.size(); ++i) {
    if (!is_met(frame, met, i)) types.push_back(filters[i].literal_type);
  }
}

}  // namespace

const ListenTask& listen_task(const Machine& machine, const Frame& frame) {
  return std::get<ListenTask>(machine.task_of(frame).body);
}

std::vector<Listening> open_listens(const Machine& machine) {
  std::vector<Listening> listens;
  if (machine.draft.next.listeners.empty()) return listens;
  for (const auto& branch : machine.draft.next.branches) {
    for (std::size_t i = branch.frames.size(); i-- > 0;) {
      const Frame& frame = branch.frames[i];
      if (!std::holds_alternative<ListenTask>(machine.task_of(frame).body)) continue;
      if (frame.attempts != 0) {
        listens.push_back({branch.id, i, frame.attempts, true});
      } else if (i + 1 == branch.frames.size() && branch.wait != 0) {
        listens.push_back({branch.id, i, branch.wait, false});
      }
    }
  }
  return listens;
}

std::optional<Match> find_match(const Machine& machine, const Branch& branch, std::size_t frame,
                                const CloudEvent& event) {
  const Frame& of = branch.frames[frame];
  const ListenTask& task = listen_task(machine, of);
  const Site site = machine.site(branch, frame);
  if (const auto* until = std::get_if<UntilEvents>(&task.until)) {
    if (auto match = find_in(machine, until->filters, true, of, event, site)) return match;
  }
  return find_in(machine, task.filters, false, of, event, site);
}

void remember(const ListenTask& task, const Match& match, Frame& frame) {
  const bool lists =
      match.until ? std::get<UntilEvents>(task.until).mode == Mode::all : task.mode == Mode::all;
  if (!match.until) ++frame.position;
  if (!lists && match.keys.is_null()) return;
  Json data = frame.data->is_object() ? frame.data.json() : Json::object();
  if (lists) {
    auto& met = data[match.until ? "until" : "met"];
    if (met.is_null()) met = Json::array();
    met.push_back(match.filter);
  }
  if (!match.keys.is_null()) data["keys"].update(match.keys);
  frame.data = Value(std::move(data));
}

void add_output(const ListenTask& task, Value output, Frame& frame) {
  if (is_endless(task)) return;
  Json data = frame.data->is_object() ? frame.data.json() : Json::object();
  auto& events = data["events"];
  if (events.is_null()) events = Json::array();
  events.push_back(output.json());
  frame.data = Value(std::move(data));
}

Json outputs(const Frame& frame) {
  const Json* events = part(frame, "events");
  return events == nullptr ? Json::array() : *events;
}

Json correlation_keys(const Frame& frame) {
  const Json* keys = part(frame, "keys");
  return keys == nullptr ? Json::object() : *keys;
}

bool has_all(const ListenTask& task, const Frame& frame, const Match& last) {
  if (last.until) {
    const auto& until = std::get<UntilEvents>(task.until);
    return until.mode != Mode::all || count_met(frame, "until") >= until.filters.size();
  }
  if (task.mode == Mode::all) return count_met(frame, "met") >= task.filters.size();
  return !takes_several(task);
}

bool takes_several(const ListenTask& task) {
  return task.mode == Mode::all || !std::holds_alternative<std::monostate>(task.until);
}

std::vector<std::string> wanted_types(const ListenTask& task, const Frame& frame) {
  std::vector<std::string> types;
  if (const auto* until = std::get_if<UntilEvents>(&task.until)) {
    add_types(until->filters, "until", frame, types);
  }
  add_types(task.filters, "met", frame, types);
  std::sort(types.begin(), types.end());
  types.erase(std::unique(types.begin(), types.end()), types.end());
  if (!types.empty() && types.front().empty()) types.resize(1);
  return types;
}

}  // namespace endure::workflow::interpreter
