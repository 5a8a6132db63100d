// What can happen to a workflow. Facts in the past tense; decide() turns each into a transition.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.hpp"
#include "base/instant.hpp"
#include "workflow/definition.hpp"
#include "workflow/value/value.hpp"

namespace endure::workflow {

// A wait: the one thing that a blocked branch of a workflow waits for. Numbered by the workflow
// itself, ascending, never reused within it; steps, timers and listeners carry this number.
using WaitId = std::uint32_t;

// A CloudEvent (1.0), as JSON with its attributes and `data`.
using CloudEvent = Value;

// An error as the language sees it (RFC 7807).
struct Fault {
  std::string type;  // a URI
  int status = 500;
  std::string title;
  std::string detail;
  std::string instance;  // JSON pointer of the task; empty until known

  bool operator==(const Fault&) const = default;
};

struct Started {
  Value input;
};
struct StepCompleted {
  WaitId wait = 0;
  Value result;
  std::uint32_t attempt = 1;
  std::string worker;  // who did it, for the history
};
// A step came back with an error that its queue will not retry (not retryable, or out of attempts).
struct StepFailed {
  WaitId wait = 0;
  Fault fault;
  bool exhausted = false;  // retryable, but out of attempts
  std::uint32_t attempt = 1;
  std::string worker;
};
struct TimerFired {
  WaitId wait = 0;
};
struct EventReceived {
  CloudEvent event;
  bool addressed = false;       // sent to this workflow by name: kept until a listener takes it
  std::uint64_t published = 0;  // a broadcast event that the node keeps: its sequence
  // The listens that want it and are busy with an event before it; it lies in the mailbox for them.
  std::vector<WaitId> queued_for = {};
};
struct CancelRequested {
  std::string reason;
};
struct TerminateRequested {
  std::string reason;
};
struct PauseRequested {
  std::string reason;
};
struct ResumeRequested {
  std::string reason;
};
struct StepRedriven {  // a dead letter is put back on its queue
  WaitId wait = 0;
};
struct StepDropped {  // a dead letter was given up by an operator: the task raises its fault
  WaitId wait = 0;
  Fault fault;
};
// A child workflow that this one waits for has ended, or could not be made.
struct ChildEnded {
  WaitId wait = 0;
  std::string child;  // "namespace/id"
  Value output;
  std::optional<Fault> fault;  // absent: it completed
};
struct Crashed {  // the workflow's actor died too often
  std::string cause;
};
// Broadcast events that came before their listener, and that the node has kept; in their order.
struct EventsOffered {
  struct Offer {
    std::uint64_t published = 0;
    std::uint64_t message = 0;  // its sequence in the mailbox, should it have to wait there
    CloudEvent event;
  };
  std::vector<Offer> offers;
};

using Event = std::variant<Started, StepCompleted, StepFailed, TimerFired, EventReceived,
                           CancelRequested, TerminateRequested, PauseRequested, ResumeRequested,
                           StepRedriven, StepDropped, Crashed, ChildEnded, EventsOffered>;

// An event that lies in the workflow's durable mailbox. The sequence is given by the node.
struct Message {
  std::uint64_t sequence = 0;
  Event event;
};

}  // namespace endure::workflow
