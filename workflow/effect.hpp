// What a transition asks of the world. Effects are stored in the transition's own commit and go
// live only after it.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "workflow/event.hpp"

namespace endure::workflow {

struct EnqueueStep {
  WaitId wait = 0;
  std::string queue;
  std::string task;  // the task's pointer
  StepPolicy policy;
  Value arguments;
};
struct RemoveStep {  // its result is in, or nobody waits for it any more
  WaitId wait = 0;
};
struct BuryStep {  // out of attempts: keep it as a dead letter
  WaitId wait = 0;
  Fault fault;
};
struct RedriveStep {  // from the dead letters back to its queue, attempts counted anew
  WaitId wait = 0;
};
struct ArmTimer {
  WaitId wait = 0;
  Instant due;
};
struct DisarmTimer {  // also when it fired: the row goes in the same commit
  WaitId wait = 0;
  Instant due;
};
struct Listen {  // be found by events of this type; empty: by every event
  WaitId wait = 0;
  std::string type;
};
struct Unlisten {
  WaitId wait = 0;
  std::string type;
};
struct KeepMessage {  // store the event being decided in the mailbox
};
struct PutMessage {  // store this event in the mailbox, also in the place of what lies there
  std::uint64_t sequence = 0;
  EventReceived event;
};
struct ConsumeMessage {  // remove a stored message from the mailbox
  std::uint64_t sequence = 0;
};
struct PublishEvent {  // to every listener of the node, through the outbox
  CloudEvent event;
};

// Creates a workflow with this one's transition, or refuses that (then a ChildEnded with a fault
// lies in this one's mailbox) where its name is taken.
struct StartChild {
  WaitId wait = 0;            // the parent's; also where it does not wait for the child
  WorkflowNumber number = 0;  // 0: not yet given; the caller of decide() numbers it
  WorkflowName name;
  DefinitionRef definition;
  Value input;
  bool awaited = true;
};
struct CancelChild {  // its parent no longer waits for it
  WorkflowNumber number = 0;
  std::string reason;
};
struct TellParent {  // this workflow has ended
  WorkflowNumber parent = 0;
  ChildEnded event;
};

using Effect = std::variant<EnqueueStep, RemoveStep, BuryStep, RedriveStep, ArmTimer, DisarmTimer,
                            Listen, Unlisten, KeepMessage, PutMessage, ConsumeMessage, PublishEvent,
                            StartChild, CancelChild, TellParent>;

}  // namespace endure::workflow
