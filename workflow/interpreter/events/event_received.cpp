// EventReceived: a CloudEvent, addressed to this workflow or to whoever listens.
#include <vector>

#include "workflow/interpreter/events.hpp"
#include "workflow/interpreter/tasks.hpp"

namespace endure::workflow::interpreter {
namespace {

Result<Fate> keep(Machine& machine, const EventReceived& event) {
  auto& draft = machine.draft;
  // One that is stored already takes no more room by being kept.
  if (!machine.decision.stored && draft.next.mailbox.size() >= machine.decision.max_kept_messages) {
    return fail(Code::full, "The workflow keeps " + std::to_string(draft.next.mailbox.size()) +
                                " messages already that it has not taken yet; it takes no more.");
  }
  draft.note(HistoryEntry::Kind::event_kept, {}, event.event->at("type").get<std::string>(),
             event.event);
  return Fate::kept;
}

}  // namespace

bool offer(Machine& machine, const EventReceived& event) {
  std::vector<std::uint32_t> takers;
  for (const auto& branch : machine.draft.next.branches) {
    if (!wants(machine, branch, event.event)) continue;
    takers.push_back(branch.id);
    if (event.addressed) break;
  }
  for (const auto id : takers) {
    auto* branch = machine.find_branch(id);  // one that took it before may have ended this one
    if (branch == nullptr || !wants(machine, *branch, event.event)) continue;
    machine.push(id, take(machine, *branch, event.event));
    machine.run();
  }
  return !takers.empty();
}

Result<Fate> on(Machine& machine, const EventReceived& event) {
  const auto& cloud_event = event.event;
  if (!cloud_event->is_object() || !cloud_event->contains("type") ||
      !cloud_event->at("type").is_string()) {
    return fail(Code::invalid, "An event must be an object with a `type`, which is a string.",
                "/type");
  }
  if (is_suspended(machine.draft.next)) return keep(machine, event);
  if (offer(machine, event)) return Fate::taken;
  if (event.addressed) return keep(machine, event);
  machine.draft.note(HistoryEntry::Kind::ignored, {}, cloud_event->at("type").get<std::string>());
  return Fate::taken;
}

}  // namespace endure::workflow::interpreter
