#include "workflow/interpreter/draft.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "workflow/interpreter/fault.hpp"

namespace endure::workflow::interpreter {
namespace {

template <class Opened>
auto find_wait(std::vector<Opened>& opened, WaitId wait) {
  return std::find_if(opened.begin(), opened.end(),
                      [wait](const Opened& each) { return each.wait == wait; });
}

}  // namespace

// What was opened in this very transition has never been stored: closing it takes the opening
// effect back instead of adding a second one. True where there was such an effect.
template <class Opening, class Matches>
bool Draft::take_back(const Matches& matches) {
  const auto found = std::find_if(effects_.begin(), effects_.end(), [&](const Effect& effect) {
    const auto* opening = std::get_if<Opening>(&effect);
    return opening != nullptr && matches(*opening);
  });
  if (found == effects_.end()) return false;
  effects_.erase(found);
  return true;
}

void Draft::note(HistoryEntry::Kind kind, std::string task, std::string detail, Value data) {
  history_.push_back({kind, std::move(task), std::move(detail), std::move(data)});
}

// -- steps --------------------------------------------------------------------

void Draft::open_step(EnqueueStep step, bool detached) {
  next.steps.push_back(
      {step.wait, step.queue, step.policy.priority.value_or(5), now, false, detached});
  note(HistoryEntry::Kind::step_enqueued, step.task, step.queue);
  effects_.emplace_back(std::move(step));
}

void Draft::close_step(WaitId wait) {
  const auto found = find_wait(next.steps, wait);
  if (found == next.steps.end()) return;
  next.steps.erase(found);
  if (!take_back<EnqueueStep>([wait](const EnqueueStep& s) { return s.wait == wait; })) {
    effects_.push_back(RemoveStep{wait});
  }
}

void Draft::bury_step(WaitId wait, Fault fault) {
  auto* step = find_step(wait);
  ENDURE_ASSERT(step != nullptr);
  step->dead = true;
  effects_.push_back(BuryStep{wait, std::move(fault)});
}

void Draft::redrive_step(WaitId wait) {
  auto* step = find_step(wait);
  ENDURE_ASSERT(step != nullptr);
  step->dead = false;
  effects_.push_back(RedriveStep{wait});
}

OpenStep* Draft::find_step(WaitId wait) {
  const auto found = find_wait(next.steps, wait);
  return found == next.steps.end() ? nullptr : &*found;
}

bool Draft::has_dead_step() const {
  return std::any_of(next.steps.begin(), next.steps.end(),
                     [](const OpenStep& step) { return step.dead; });
}

// -- timers -------------------------------------------------------------------

void Draft::arm(WaitId wait, Instant due) {
  next.timers.push_back({wait, due});
  effects_.push_back(ArmTimer{wait, due});
}

void Draft::disarm(WaitId wait) {
  const auto found = find_wait(next.timers, wait);
  if (found == next.timers.end()) return;
  const Instant due = found->due;
  next.timers.erase(found);
  if (!take_back<ArmTimer>([wait](const ArmTimer& t) { return t.wait == wait; })) {
    effects_.push_back(DisarmTimer{wait, due});
  }
}

bool Draft::has_timer(WaitId wait) const {
  return std::any_of(next.timers.begin(), next.timers.end(),
                     [wait](const OpenTimer& timer) { return timer.wait == wait; });
}

// -- listeners ----------------------------------------------------------------

void Draft::listen(WaitId wait, std::string type) {
  const OpenListener listener{wait, type};
  auto& open = next.listeners;
  if (std::find(open.begin(), open.end(), listener) != open.end()) return;
  open.push_back(listener);
  effects_.push_back(Listen{wait, std::move(type)});
}

void Draft::unlisten(WaitId wait, const std::string& type) {
  auto& open = next.listeners;
  const auto found = std::find(open.begin(), open.end(), OpenListener{wait, type});
  if (found == open.end()) return;
  open.erase(found);
  if (!take_back<Listen>([&](const Listen& l) { return l.wait == wait && l.type == type; })) {
    effects_.push_back(Unlisten{wait, type});
  }
}

// -- children -----------------------------------------------------------------

void Draft::start_child(StartChild child, const std::string& task) {
  note(HistoryEntry::Kind::child_started, task,
       child.name.ns + "/" + child.name.id + " (" + to_string(child.definition) + ")");
  if (child.awaited) next.children.push_back({child.wait, child.number, child.name});
  effects_.emplace_back(std::move(child));
}

void Draft::forget_child(WaitId wait) {
  const auto found = find_wait(next.children, wait);
  if (found != next.children.end()) next.children.erase(found);
}

void Draft::close_child(WaitId wait) {
  const auto found = find_wait(next.children, wait);
  if (found == next.children.end()) return;
  const auto number = found->number;
  next.children.erase(found);
  if (take_back<StartChild>([wait](const StartChild& c) { return c.wait == wait; })) return;
  effects_.push_back(CancelChild{
      number, "its parent " + next.name.ns + "/" + next.name.id + " no longer waits for it"});
}

void Draft::close_wait(WaitId wait) {
  if (wait == 0) return;
  close_step(wait);
  disarm(wait);
  close_child(wait);
  for (std::size_t i = next.listeners.size(); i-- > 0;) {
    if (next.listeners[i].wait == wait) unlisten(wait, std::string(next.listeners[i].type));
  }
}

// -- messages -----------------------------------------------------------------

void Draft::keep(Message message, bool stored) {
  if (!stored) effects_.push_back(KeepMessage{});
  auto& mailbox = next.mailbox;
  auto at = mailbox.end();
  if (message.sequence != 0) {
    at = std::find_if(mailbox.begin(), mailbox.end(),
                      [&](const Message& other) { return other.sequence > message.sequence; });
  }
  mailbox.insert(at, std::move(message));
}

void Draft::consume(std::uint64_t sequence) {
  auto& mailbox = next.mailbox;
  const auto found = std::find_if(mailbox.begin(), mailbox.end(),
                                  [sequence](const Message& m) { return m.sequence == sequence; });
  ENDURE_ASSERT(found != mailbox.end());
  mailbox.erase(found);
  effects_.push_back(ConsumeMessage{sequence});
}

void Draft::set_aside(std::uint64_t sequence) {
  auto& mailbox = next.mailbox;
  mailbox.erase(std::remove_if(mailbox.begin(), mailbox.end(),
                               [sequence](const Message& m) { return m.sequence == sequence; }),
                mailbox.end());
}

void Draft::queue(std::uint64_t sequence, EventReceived event) {
  effects_.push_back(PutMessage{sequence, event});
  auto& mailbox = next.mailbox;
  const auto at = std::find_if(mailbox.begin(), mailbox.end(), [sequence](const Message& other) {
    return other.sequence > sequence;
  });
  mailbox.insert(at, Message{sequence, std::move(event)});
}

void Draft::leave_queue(std::uint64_t sequence, WaitId wait, bool taken) {
  const auto found = std::find_if(next.mailbox.begin(), next.mailbox.end(),
                                  [sequence](const Message& m) { return m.sequence == sequence; });
  ENDURE_ASSERT(found != next.mailbox.end());
  auto& event = std::get<EventReceived>(found->event);
  auto& queue = event.queued_for;
  queue.erase(std::remove(queue.begin(), queue.end(), wait), queue.end());
  if (!queue.empty() || (!taken && event.addressed)) {
    effects_.push_back(PutMessage{sequence, event});
    return;
  }
  if (!taken) {
    took_not(event.published);
    note(HistoryEntry::Kind::ignored, {}, event.event->value("type", std::string()));
  }
  consume(sequence);
}

void Draft::empty_queue(WaitId wait) {
  if (wait == 0) return;
  std::vector<std::uint64_t> queued;
  for (const auto& message : next.mailbox) {
    const auto* event = std::get_if<EventReceived>(&message.event);
    if (event == nullptr) continue;
    const auto& queue = event->queued_for;
    if (std::find(queue.begin(), queue.end(), wait) != queue.end()) {
      queued.push_back(message.sequence);
    }
  }
  for (const auto sequence : queued) leave_queue(sequence, wait, false);
}

// -- what came before ---------------------------------------------------------

// Both lists are part of every snapshot, so they are short. Whoever sends an event again does so
// soon, and what is forgotten of the taken ones raises the floor instead.
namespace {
constexpr std::size_t most_remembered = 128;
}

void Draft::has_had(std::uint64_t identity_hash) {
  if (identity_hash == 0) return;
  auto& recent = next.recent_events;
  if (recent.size() >= most_remembered) recent.erase(recent.begin());
  recent.push_back(identity_hash);
}

void Draft::took(std::uint64_t published) {
  if (published == 0) return;
  auto& taken = next.taken_events;
  if (taken.size() >= most_remembered) {
    next.taken_floor = std::max(next.taken_floor, taken[most_remembered / 2]);
    taken.erase(taken.begin(), taken.begin() + most_remembered / 2 + 1);
  }
  taken.insert(std::upper_bound(taken.begin(), taken.end(), published), published);
}

void Draft::took_not(std::uint64_t published) {
  auto& taken = next.taken_events;
  taken.erase(std::remove(taken.begin(), taken.end(), published), taken.end());
}

// -- the end ------------------------------------------------------------------

void Draft::end(Phase phase, std::string cause) {
  const auto steps = next.steps;
  for (const auto& step : steps) {
    if (!step.detached || phase == Phase::cancelled) close_step(step.wait);
  }
  while (!next.timers.empty()) disarm(next.timers.back().wait);
  while (!next.listeners.empty()) close_wait(next.listeners.back().wait);
  while (!next.children.empty()) close_child(next.children.back().wait);
  while (!next.mailbox.empty()) consume(next.mailbox.front().sequence);
  next.branches.clear();
  next.timeout = 0;
  next.resume_to = Phase::pending;
  next.phase = phase;
  next.cause = std::move(cause);
  if (next.parent && next.parent->awaited) tell_parent();
}

void Draft::tell_parent() {
  ChildEnded ended{next.parent->wait, next.name.ns + "/" + next.name.id, {}, {}};
  if (next.phase == Phase::completed) ended.output = next.output;
  if (next.phase == Phase::faulted) ended.fault = next.fault;
  if (next.phase == Phase::cancelled) {
    ended.fault = standard_fault(Standard::runtime, next.cause);
    ended.fault->title = "The child workflow was cancelled";
  }
  effects_.push_back(TellParent{next.parent->number, std::move(ended)});
}

Outcome Draft::finish() && {
  ++next.transition;
  next.updated = std::max(next.updated, now);
  return {std::move(next), std::move(effects_), std::move(history_)};
}

}  // namespace endure::workflow::interpreter
