// listen: waits for one event, any of several, all of them, or any until something ends it. Its
// output is the array of the events that it took, in that order. Addressed events that came too
// early are taken first. With `foreach`, each event is worked on before the next one is taken.
#include <algorithm>

#include "workflow/interpreter/listening.hpp"
#include "workflow/interpreter/schema_check.hpp"
#include "workflow/interpreter/tasks.hpp"

namespace endure::workflow::interpreter {
namespace {

Json read(const ListenTask& task, const CloudEvent& event) {
  if (task.read == ListenTask::Read::envelope) return event.json();
  const auto data = event->find("data");
  if (data != event->end()) return *data;
  if (task.read == ListenTask::Read::raw) return event->value("data_base64", Json());
  return nullptr;
}

// The wait of the listen on top, from the first moment that something has to be able to find it.
WaitId open_wait(Machine& machine, Branch& branch) {
  if (branch.wait != 0) return branch.wait;
  machine.draft.note(HistoryEntry::Kind::listening, machine.top_task(branch).pointer);
  return machine.draft.new_wait();
}

void update_listeners(Machine& machine, const ListenTask& task, const Frame& frame, WaitId wait) {
  const auto types = wanted_types(task, frame);
  const auto open = machine.draft.next.listeners;
  for (const auto& listener : open) {
    if (listener.wait != wait) continue;
    if (std::find(types.begin(), types.end(), listener.type) == types.end()) {
      machine.draft.unlisten(listener.wait, listener.type);
    }
  }
  for (const auto& type : types) machine.draft.listen(wait, type);
}

Move finish(Machine& machine, Branch& branch) {
  Frame& frame = branch.frames.back();
  const WaitId wait = branch.wait != 0 ? branch.wait : frame.attempts;
  machine.draft.close_wait(wait);
  machine.draft.empty_queue(wait);
  branch.wait = 0;
  frame.attempts = 0;
  frame.variables = Value();
  machine.draft.note(HistoryEntry::Kind::correlated, machine.task_of(frame).pointer, {},
                     correlation_keys(frame));
  return Done{outputs(frame), {}};
}

// After an event: the end, or nothing where the listen goes on.
std::optional<Move> end_after(Machine& machine, Branch& branch, const ListenTask& task,
                              const Match& last) {
  const Frame& frame = branch.frames.back();
  if (has_all(task, frame, last)) return finish(machine, branch);
  const auto* condition = std::get_if<Expression>(&task.until);
  if (condition == nullptr || last.until) return std::nullopt;
  const auto holds =
      machine.evaluator.condition(*condition, Value(outputs(frame)), machine.top_site(branch));
  if (!holds) return Raised{holds.error()};
  if (*holds) return finish(machine, branch);
  return std::nullopt;
}

// The event's own part of `foreach` is through: what of it goes into the output and the context.
std::optional<Move> conclude_event(Machine& machine, Branch& branch, const ListenTask& task,
                                   const Value& raw_output) {
  Frame& frame = branch.frames.back();
  Value output = raw_output;
  if (task.each->output_as) {
    auto transformed =
        machine.evaluator.render(*task.each->output_as, output, machine.top_site(branch));
    if (!transformed) return Raised{std::move(transformed).error()};
    output = *std::move(transformed);
  }
  const auto& schemas = task.each->schemas;
  const std::string& at = machine.top_task(branch).pointer;
  if (auto fits = check_schema(schemas.output, output, "foreach.output.schema", at); !fits) {
    return Raised{std::move(fits).error()};
  }
  if (task.each->export_as) {
    auto context =
        machine.evaluator.render(*task.each->export_as, output, machine.top_site(branch));
    if (!context) return Raised{std::move(context).error()};
    auto fits = check_schema(schemas.exported, *context, "foreach.export.schema", at);
    if (!fits) return Raised{std::move(fits).error()};
    machine.draft.next.context = *std::move(context);
  }
  add_output(task, task.each->output_as ? output : Value(frame.variables->at(task.each->item)),
             frame);
  return std::nullopt;
}

// One event is taken: what comes of it at once, or nothing where the next one may be looked for.
std::optional<Move> take_event(Machine& machine, Branch& branch, const ListenTask& task,
                               const Match& match, const CloudEvent& event) {
  Frame& frame = branch.frames.back();
  machine.draft.note(HistoryEntry::Kind::event_received, machine.task_of(frame).pointer,
                     event->value("type", std::string()), event);
  remember(task, match, frame);
  if (match.until) return end_after(machine, branch, task, match);
  Value value(read(task, event));
  if (!task.each) {
    add_output(task, std::move(value), frame);
    return end_after(machine, branch, task, match);
  }
  frame.variables = Json{{task.each->item, value.json()}, {task.each->at, frame.position - 1}};
  if (!task.each->body) {
    if (auto raised = conclude_event(machine, branch, task, value)) return raised;
    return end_after(machine, branch, task, match);
  }
  if (takes_several(task)) {
    // The listeners stay open while the body runs, for the events to come.
    frame.attempts = open_wait(machine, branch);
    update_listeners(machine, task, frame, frame.attempts);
  } else {
    machine.draft.close_wait(branch.wait);
  }
  branch.wait = 0;
  return Enter{*task.each->body, frame.input};
}

// What of the mailbox a listen may take: addressed events that nobody waits for, and its queue.
bool may_take(const EventReceived& received, WaitId wait) {
  const auto& queue = received.queued_for;
  if (queue.empty()) return received.addressed;
  return wait != 0 && std::find(queue.begin(), queue.end(), wait) != queue.end();
}

// Takes from the mailbox in its order; then waits.
Move take_waiting(Machine& machine, Branch& branch, const ListenTask& task, WaitId wait) {
  const auto kept = machine.draft.next.mailbox;  // a copy: messages are taken out while we look
  for (const auto& message : kept) {
    const auto* received = std::get_if<EventReceived>(&message.event);
    if (received == nullptr || !may_take(*received, wait)) continue;
    const auto match = find_match(machine, branch, branch.frames.size() - 1, received->event);
    if (!match) {
      if (!received->queued_for.empty()) machine.draft.leave_queue(message.sequence, wait, false);
      continue;
    }
    machine.draft.leave_queue(message.sequence, wait, true);
    if (auto move = take_event(machine, branch, task, *match, received->event)) return *move;
  }
  branch.wait = open_wait(machine, branch);
  update_listeners(machine, task, branch.frames.back(), branch.wait);
  return Blocked{};
}

}  // namespace

Move begin(Machine& machine, Branch& branch, const ListenTask& task) {
  return take_waiting(machine, branch, task, 0);
}

Move take(Machine& machine, Branch& branch, const CloudEvent& event) {
  const auto& task = listen_task(machine, branch.frames.back());
  const auto match = find_match(machine, branch, branch.frames.size() - 1, event);
  if (!match) return Blocked{};
  if (auto move = take_event(machine, branch, task, *match, event)) return *move;
  update_listeners(machine, task, branch.frames.back(), branch.wait);
  return Blocked{};
}

Move after_child(Machine& machine, Branch& branch, const ListenTask& task, Passed passed) {
  if (auto raised = conclude_event(machine, branch, task, passed.output)) return *raised;
  // The filter that it was taken for stands in the frame already; only `until` is never met here.
  if (auto end = end_after(machine, branch, task, Match{})) return *end;
  Frame& frame = branch.frames.back();
  branch.wait = std::exchange(frame.attempts, 0);
  return take_waiting(machine, branch, task, branch.wait);
}

}  // namespace endure::workflow::interpreter
