#include "workflow/decide.hpp"

#include <algorithm>
#include <optional>

#include "workflow/interpreter/events.hpp"
#include "workflow/interpreter/secret_scope.hpp"

namespace endure::workflow {
namespace {

using namespace interpreter;

// The event that is decided is no message of the mailbox while it is: it is either kept again or
// gone.
void set_aside(std::vector<Message>& mailbox, std::uint64_t sequence) {
  mailbox.erase(std::remove_if(mailbox.begin(), mailbox.end(),
                               [sequence](const Message& m) { return m.sequence == sequence; }),
                mailbox.end());
}

}  // namespace

Result<Outcome> decide(const Definition& definition, const Snapshot& snapshot,
                       const Event& from_outside, const Decision& decision,
                       Expressions& expressions) {
  std::optional<Event> hidden;  // the same without placeholders of secrets
  if (is_ended(snapshot.phase)) {
    return fail(Code::conflict,
                "The workflow has ended; it is " + std::string(to_string(snapshot.phase)) + ".");
  }
  Draft draft(snapshot, decision.now);
  if (decision.stored) set_aside(draft.next.mailbox, decision.message);
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
