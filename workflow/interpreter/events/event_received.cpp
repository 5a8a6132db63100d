// EventReceived: a CloudEvent, addressed to this workflow or to whoever listens.
#include <algorithm>
#include <vector>

#include "workflow/event_identity.hpp"
#include "workflow/interpreter/events.hpp"
#include "workflow/interpreter/listening.hpp"
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

// The listens that want the event: all, or the first that is as busy as asked for.
std::vector<Listening> takers_of(const Machine& machine, const EventReceived& event, bool busy) {
  std::vector<Listening> takers;
  for (const auto& listen : open_listens(machine)) {
    if (listen.busy != busy) continue;
    const Branch& branch = *machine.find_branch(listen.branch);
    if (!find_match(machine, branch, listen.frame, event.event)) continue;
    takers.push_back(listen);
    if (event.addressed) break;
  }
  return takers;
}

Result<void> check(const CloudEvent& event) {
  if (event->is_object() && event->contains("type") && event->at("type").is_string()) return {};
  return fail(Code::invalid, "An event must be an object with a `type`, which is a string.",
              "/type");
}

}  // namespace

bool is_wanted(const Machine& machine, const CloudEvent& event) {
  const EventReceived received{event, true, 0, {}};
  return !takers_of(machine, received, false).empty() ||
         !takers_of(machine, received, true).empty();
}

std::optional<Fate> offer(Machine& machine, const EventReceived& event, std::uint64_t sequence) {
  const auto takers = takers_of(machine, event, false);
  const bool queues = !event.addressed || takers.empty();
  const auto busy = queues ? takers_of(machine, event, true) : std::vector<Listening>();
  if (takers.empty() && busy.empty()) return std::nullopt;
  machine.draft.took(event.published);
  if (!busy.empty()) {
    // First, for what the others do with it may end the work of a busy one.
    EventReceived queued = event;
    for (const auto& listen : busy) queued.queued_for.push_back(listen.wait);
    machine.draft.note(HistoryEntry::Kind::event_kept, {},
                       event.event->at("type").get<std::string>(), event.event);
    machine.draft.queue(sequence, std::move(queued));
  }
  for (const auto& listen : takers) {
    // One that took it before may have ended this one.
    auto* branch = machine.find_branch(listen.branch);
    if (branch == nullptr || branch->wait != listen.wait) continue;
    machine.push(listen.branch, take(machine, *branch, event.event));
    machine.run();
  }
  return busy.empty() ? Fate::taken : Fate::queued;
}

Result<Fate> on(Machine& machine, const EventReceived& event) {
  if (auto checked = check(event.event); !checked) return Failure(checked.error());
  auto& draft = machine.draft;
  const bool is_new = !machine.decision.stored;
  if (event.addressed && is_new) draft.has_had(identity_hash(event_identity(event.event)));
  if (is_suspended(draft.next)) return keep(machine, event);
  const auto& taken = draft.next.taken_events;
  const bool had =
      event.published != 0 && std::find(taken.begin(), taken.end(), event.published) != taken.end();
  if (!had) {
    const bool full = is_new && draft.next.mailbox.size() >= machine.decision.max_kept_messages;
    if (full && takers_of(machine, event, false).empty()) return keep(machine, event);
    if (const auto fate = offer(machine, event, machine.decision.message)) return *fate;
    if (event.addressed) return keep(machine, event);
  }
  draft.note(HistoryEntry::Kind::ignored, {}, event.event->at("type").get<std::string>());
  return Fate::taken;
}

Result<Fate> on(Machine& machine, const EventsOffered& event) {
  if (is_suspended(machine.draft.next)) {
    return fail(Code::conflict, "The workflow is suspended; it takes no kept events now.");
  }
  bool any = false;
  for (const auto& each : event.offers) {
    if (machine.ended()) break;
    if (!may_be_offered(machine.draft.next, each.published)) continue;
    if (!check(each.event)) continue;
    const EventReceived received{each.event, false, each.published, {}};
    any = offer(machine, received, each.message).has_value() || any;
  }
  if (any) return Fate::taken;
  return fail(Code::conflict, "No listener wants any of the events that were kept.");
}

}  // namespace endure::workflow::interpreter
