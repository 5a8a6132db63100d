// What a listen under way has had so far, and which events it still wants.
//
// A listen waits (its branch is blocked on its listeners), or it is busy: its `foreach` works on an
// event while its listeners stay open, and what they want meanwhile lies in the mailbox, queued for
// it. A busy listen may have other listens above it on the stack.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "workflow/interpreter/machine.hpp"

namespace endure::workflow::interpreter {

// A listen task on a branch's stack.
struct Listening {
  std::uint32_t branch = 0;
  std::size_t frame = 0;
  WaitId wait = 0;    // of its listeners
  bool busy = false;  // with an event before
};

// Why an event is wanted.
struct Match {
  bool until = false;      // as one of those that end the listen
  std::size_t filter = 0;  // of the list it stands in
  Json keys;               // correlation keys that it would set; null: none
};

// All listens that are open now, branch by branch, innermost first.
std::vector<Listening> open_listens(const Machine& machine);

const ListenTask& listen_task(const Machine& machine, const Frame& frame);

// The first filter that waits for this event; those that end the listen come first. An `any`
// without filters waits for every event.
std::optional<Match> find_match(const Machine& machine, const Branch& branch, std::size_t frame,
                                const CloudEvent& event);

// Notes in the frame that the event was taken for this; its value is added apart.
void remember(const ListenTask& task, const Match& match, Frame& frame);
void add_output(const ListenTask& task, Value output, Frame& frame);

Json outputs(const Frame& frame);           // an array
Json correlation_keys(const Frame& frame);  // an object

// Whether the events taken so far end the listen, the condition of `until` aside.
bool has_all(const ListenTask& task, const Frame& frame, const Match& last);
// Whether a listen takes further events after one that does not end it.
bool takes_several(const ListenTask& task);

// The types to be found by. One listener for every event stands for all others.
std::vector<std::string> wanted_types(const ListenTask& task, const Frame& frame);

}  // namespace endure::workflow::interpreter
