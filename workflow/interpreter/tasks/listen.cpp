// listen: waits for one event, any of several, or all of them. Its output is the array of the
// events that it took, in that order. Addressed events that came too early are taken first.
#include <algorithm>

#include "workflow/interpreter/event_filter.hpp"
#include "workflow/interpreter/tasks.hpp"

namespace endure::workflow::interpreter {
namespace {

// While `all` has some of its events, its frame's data is {"met": [filter, …], "events": [value,
// …]}.
bool is_met(const Frame& frame, std::size_t filter) {
  if (!frame.data->is_object()) return false;
  const auto& met = frame.data->at("met");
  return std::find(met.begin(), met.end(), filter) != met.end();
}

// The first filter that waits for this event; filters.size() where none does. A list without
// filters waits for every event.
std::optional<std::size_t> find_filter(const Machine& machine, const Branch& branch,
                                       const ListenTask& task, const CloudEvent& event) {
  if (task.filters.empty()) return 0;
  const Site site = machine.top_site(branch);
  for (std::size_t i = 0; i < task.filters.size(); ++i) {
    if (is_met(branch.frames.back(), i)) continue;
    if (matches(task.filters[i], event, machine.evaluator, site)) return i;
  }
  return std::nullopt;
}

Json read(const ListenTask& task, const CloudEvent& event) {
  if (task.read == ListenTask::Read::envelope) return event.json();
  const auto data = event->find("data");
  if (data != event->end()) return *data;
  if (task.read == ListenTask::Read::raw) return event->value("data_base64", Json());
  return nullptr;
}

// The types to be found by. One listener for every event stands for all others.
std::vector<std::string> wanted_types(const Frame& frame, const ListenTask& task) {
  std::vector<std::string> types;
  for (std::size_t i = 0; i < task.filters.size(); ++i) {
    if (is_met(frame, i)) continue;
    const auto& type = task.filters[i].literal_type;
    if (type.empty()) return {""};
    if (std::find(types.begin(), types.end(), type) == types.end()) types.push_back(type);
  }
  if (types.empty()) types.emplace_back();
  return types;
}

void update_listeners(Machine& machine, const Branch& branch, const ListenTask& task) {
  const auto types = wanted_types(branch.frames.back(), task);
  const auto open = machine.draft.next.listeners;
  for (const auto& listener : open) {
    if (listener.wait != branch.wait) continue;
    if (std::find(types.begin(), types.end(), listener.type) == types.end()) {
      machine.draft.unlisten(listener.wait, listener.type);
    }
  }
  for (const auto& type : types) machine.draft.listen(branch.wait, type);
}

// The event's value goes into the frame. Done where that was the last.
Move add_event(Machine& machine, Branch& branch, const ListenTask& task, std::size_t filter,
               const CloudEvent& event) {
  Frame& frame = branch.frames.back();
  machine.draft.note(HistoryEntry::Kind::event_received, machine.task_of(frame).pointer,
                     event->value("type", std::string()), event);
  if (task.mode != ListenTask::Mode::all) return Done{Json::array({read(task, event)}), {}};
  Json data = frame.data->is_object() ? frame.data.json()
                                      : Json{{"met", Json::array()}, {"events", Json::array()}};
  data["met"].push_back(filter);
  data["events"].push_back(read(task, event));
  if (data["met"].size() >= task.filters.size()) return Done{std::move(data["events"]), {}};
  frame.data = Value(std::move(data));
  return Blocked{};
}

const ListenTask& listen_task(const Machine& machine, const Branch& branch) {
  return std::get<ListenTask>(machine.top_task(branch).body);
}

}  // namespace

Move begin(Machine& machine, Branch& branch, const ListenTask& task) {
  const auto kept = machine.draft.next.mailbox;  // a copy: messages are taken out while we look
  for (const auto& message : kept) {
    const auto* received = std::get_if<EventReceived>(&message.event);
    if (received == nullptr || !received->addressed) continue;
    const auto filter = find_filter(machine, branch, task, received->event);
    if (!filter) continue;
    machine.draft.consume(message.sequence);
    auto move = add_event(machine, branch, task, *filter, received->event);
    if (!std::holds_alternative<Blocked>(move)) return move;
  }
  branch.wait = machine.draft.new_wait();
  update_listeners(machine, branch, task);
  machine.draft.note(HistoryEntry::Kind::listening, machine.top_task(branch).pointer);
  return Blocked{};
}

bool wants(const Machine& machine, const Branch& branch, const CloudEvent& event) {
  if (branch.wait == 0 || branch.frames.empty()) return false;
  const auto* task = std::get_if<ListenTask>(&machine.top_task(branch).body);
  return task != nullptr && find_filter(machine, branch, *task, event).has_value();
}

Move take(Machine& machine, Branch& branch, const CloudEvent& event) {
  const auto& task = listen_task(machine, branch);
  const auto filter = find_filter(machine, branch, task, event);
  auto move = add_event(machine, branch, task, filter.value_or(0), event);
  if (std::holds_alternative<Blocked>(move)) {
    update_listeners(machine, branch, task);
  } else {
    machine.draft.close_wait(branch.wait);
    branch.wait = 0;
  }
  return move;
}

}  // namespace endure::workflow::interpreter
