#include "workflow/decide.hpp"

#include <algorithm>
#include <optional>

#include "workflow/event_identity.hpp"
#include "workflow/interpreter/events.hpp"
#include "workflow/interpreter/secret_scope.hpp"

namespace endure::workflow {
namespace {

using namespace interpreter;

constexpr const char* duplicate_place = "/id";

// An addressed event that came before says so whatever has become of the workflow since.
std::optional<Error> came_before(const Snapshot& snapshot, const Event& event, bool stored) {
  const auto* received = std::get_if<EventReceived>(&event);
  if (received == nullptr || !received->addressed || stored) return std::nullopt;
  const auto hash = identity_hash(event_identity(received->event));
  const auto& recent = snapshot.recent_events;
  if (hash == 0 || std::find(recent.begin(), recent.end(), hash) == recent.end()) {
    return std::nullopt;
  }
  return Error{Code::conflict,
               "The workflow has had an event of this source and id already; it counts once.",
               duplicate_place};
}

bool has_detached_step(const Snapshot& snapshot) {
  return std::any_of(snapshot.steps.begin(), snapshot.steps.end(),
                     [](const OpenStep& step) { return step.detached; });
}

}  // namespace

Result<Outcome> decide(const Definition& definition, const Snapshot& snapshot,
                       const Event& from_outside, const Decision& decision,
                       Expressions& expressions) {
  std::optional<Event> hidden;  // the same without placeholders of secrets
  if (has_detached_step(snapshot)) {
    Draft draft(snapshot, decision.now);
    if (end_detached_step(draft, from_outside)) return std::move(draft).finish();
  }
  if (auto duplicate = came_before(snapshot, from_outside, decision.stored)) {
    return Failure(*duplicate);
  }
  if (is_ended(snapshot.phase)) {
    return fail(Code::conflict,
                "The workflow has ended; it is " + std::string(to_string(snapshot.phase)) + ".");
  }
  Draft draft(snapshot, decision.now);
  // The event that is decided is no message of the mailbox while it is: it is either kept again or
  // gone.
  if (decision.stored) draft.set_aside(decision.message);
  if (!definition.secrets.empty()) {
    const auto checked = [&](Event each) {
      return without_placeholders(std::move(each), snapshot.number, decision.secret_key);
    };
    for (auto& message : draft.next.mailbox) message.event = checked(std::move(message.event));
    hidden = checked(from_outside);
  }
  const Event& event = hidden ? *hidden : from_outside;
  Machine machine(definition, decision, expressions, draft);

  const auto fate = std::visit([&](const auto& each) { return on(machine, each); }, event);
  if (!fate) return Failure(fate.error());
  if (*fate == Fate::kept) draft.keep({decision.message, event}, decision.stored);
  machine.run();
  settle(machine);
  if (const auto& unavailable = machine.evaluator.unavailable()) return Failure(*unavailable);
  if (decision.stored && *fate == Fate::taken) draft.consume_decided(decision.message);
  return std::move(draft).finish();
}

bool is_duplicate_event(const Error& error) {
  return error.code == Code::conflict && error.where == duplicate_place;
}

bool may_be_offered(const Snapshot& snapshot, std::uint64_t published) {
  if (published <= std::max(snapshot.number, snapshot.taken_floor)) return false;
  const auto& taken = snapshot.taken_events;
  return std::find(taken.begin(), taken.end(), published) == taken.end();
}

Snapshot new_workflow(WorkflowNumber number, WorkflowName name, const Definition& definition,
                      Instant now) {
  Snapshot snapshot;
  snapshot.number = number;
  snapshot.name = std::move(name);
  snapshot.definition = definition.ref;
  snapshot.status = definition.initial_status;
  snapshot.created = now;
  snapshot.updated = now;
  return snapshot;
}

Fault configuration_fault(std::string detail) {
  return standard_fault(Standard::configuration, std::move(detail));
}

Outcome new_child(const Snapshot& parent, const StartChild& start, Instant now) {
  Snapshot snapshot;
  snapshot.number = start.number;
  snapshot.name = start.name;
  snapshot.definition = start.definition;
  snapshot.input = start.input.is_null() ? Value(Json::object()) : start.input;
  snapshot.created = now;
  snapshot.updated = now;
  const std::uint32_t depth = parent.parent ? parent.parent->depth + 1 : 1;
  snapshot.parent = Parent{parent.number, parent.name, start.wait, start.awaited, depth};
  Draft draft(snapshot, now);
  draft.note(HistoryEntry::Kind::created, {}, "by " + parent.name.ns + "/" + parent.name.id);
  return std::move(draft).finish();
}

Outcome suspend(const Snapshot& snapshot, std::string cause, Instant now) {
  if (is_ended(snapshot.phase)) return {snapshot, {}, {}};
  Draft draft(snapshot, now);
  hold(draft, HistoryEntry::Kind::suspended, std::move(cause));
  return std::move(draft).finish();
}

Outcome terminate(const Snapshot& snapshot, std::string reason, Instant now) {
  if (is_ended(snapshot.phase)) return {snapshot, {}, {}};
  Draft draft(snapshot, now);
  cancel(draft, HistoryEntry::Kind::terminated, "Terminated", reason);
  return std::move(draft).finish();
}

}  // namespace endure::workflow
