// The whole state of a workflow after a transition.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/instant.hpp"
#include "workflow/event.hpp"

namespace endure::workflow {

enum class Phase : std::uint8_t {
  pending,
  running,
  waiting,
  suspended,
  cancelled,
  faulted,
  completed
};

std::string_view to_string(Phase phase);
std::optional<Phase> phase_from(std::string_view text);

constexpr bool is_ended(Phase phase) {
  return phase == Phase::cancelled || phase == Phase::faulted || phase == Phase::completed;
}

// Where a step of this workflow lies; enough to build its key in the store.
struct OpenStep {
  WaitId wait = 0;
  std::string queue;
  std::uint8_t priority = 5;
  Instant enqueued;
  bool dead = false;
  bool detached = false;  // no branch waits for it, and it outlives the workflow unless that is
                          // cancelled

  bool operator==(const OpenStep&) const = default;
};

struct OpenTimer {
  WaitId wait = 0;
  Instant due;

  bool operator==(const OpenTimer&) const = default;
};

struct OpenListener {
  WaitId wait = 0;
  std::string type;  // empty: every event

  bool operator==(const OpenListener&) const = default;
};

// A child workflow that a branch waits for.
struct OpenChild {
  WaitId wait = 0;
  WorkflowNumber number = 0;  // 0: not yet given; the caller of decide() numbers it
  WorkflowName name;

  bool operator==(const OpenChild&) const = default;
};

// The workflow that started this one.
struct Parent {
  WorkflowNumber number = 0;
  WorkflowName name;
  WaitId wait = 0;
  bool awaited = true;
  std::uint32_t depth = 1;  // how many workflows are above this one

  bool operator==(const Parent&) const = default;
};

// One level of the interpreter's stack. Snapshots are written at every transition, so a frame keeps
// only what its task will still read: `input` and `raw_input` are null where nothing asks for them.
struct Frame {
  TaskId task = 0;
  // A list: index of the task that runs; a loop: iteration; a fork: branches that have ended;
  // a try: 0 in its body, 1 in catch, 2 between two attempts; a listen: events taken.
  std::uint32_t position = 0;
  // A try: retries so far; a fork: the id of its first branch; a listen that is busy with an event:
  // the wait of its listeners.
  std::uint32_t attempts = 0;
  Instant started;
  Value raw_input;  // before input.from, where the task has one; otherwise `input` is it
  Value input;      // after input.from: $input of the task, and what a retry starts from
  Value data;       // kind's own: a loop's collection, a fork's outputs, events that a listen took
  Value variables;  // object: names that this frame adds to the scope (loop and error variables)
  WaitId timeout = 0;  // the timer of `timeout`; 0: none
};

// A thread of execution: branch 0 is the workflow itself, others belong to a fork.
struct Branch {
  std::uint32_t id = 0;
  std::uint32_t parent = 0;   // the branch whose fork started this one
  std::vector<Frame> frames;  // outermost first; empty: ended
  WaitId wait = 0;            // what it is blocked on; 0: a fork's children
};

struct Snapshot {
  WorkflowNumber number = 0;
  WorkflowName name;
  DefinitionRef definition;
  Phase phase = Phase::pending;
  // While suspended: the phase that a resume goes back to; or `suspended` where nobody paused it
  // and it goes on by itself once none of its steps is dead.
  Phase resume_to = Phase::pending;
  std::string status;            // business status, set by the definition
  std::string cause;             // why it is suspended, faulted or cancelled; a sentence
  std::uint64_t transition = 0;  // counts transitions; the key of the last history record
  Instant created;
  Instant updated;
  WaitId next_wait = 1;
  Value input;    // as given
  Value context;  // $context: the transformed input, then what was exported
  Value output;   // completed: the result
  std::optional<Fault> fault;
  WaitId timeout = 0;  // the workflow's own timeout timer; 0: none
  std::vector<Branch> branches;
  std::vector<OpenStep> steps;
  std::vector<OpenTimer> timers;
  std::vector<OpenListener> listeners;
  std::vector<OpenChild> children;
  std::optional<Parent> parent;
  // What tells an event that came before from a new one: hashes of the last addressed events, the
  // sequences of the last kept broadcast events that were taken, and up to which sequence none of
  // those is taken any more (0: the workflow's own number, for it sees no event older than itself).
  std::vector<std::uint64_t> recent_events;
  std::vector<std::uint64_t> taken_events;
  std::uint64_t taken_floor = 0;

  // Not part of the stored snapshot: its rows lie in a table of their own and are loaded with it.
  std::vector<Message> mailbox;
};

}  // namespace endure::workflow
