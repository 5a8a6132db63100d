// What each kind of task does, one file a kind in tasks/.
#pragma once

#include "workflow/interpreter/machine.hpp"

namespace endure::workflow::interpreter {

// The task on top of `branch` begins; its frame holds the transformed input. `branch` must not be
// used after a call that adds branches.
Move begin(Machine& machine, Branch& branch, const DoTask& task);
Move begin(Machine& machine, Branch& branch, const CallFunctionTask& task);
Move begin(Machine& machine, Branch& branch, const CallHttpTask& task);
Move begin(Machine& machine, Branch& branch, const CallProtocolTask& task);
Move begin(Machine& machine, Branch& branch, const SubscribeTask& task);
Move begin(Machine& machine, Branch& branch, const SetTask& task);
Move begin(Machine& machine, Branch& branch, const SwitchTask& task);
Move begin(Machine& machine, Branch& branch, const ForTask& task);
Move begin(Machine& machine, Branch& branch, const ForkTask& task);
Move begin(Machine& machine, Branch& branch, const ListenTask& task);
Move begin(Machine& machine, Branch& branch, const WaitTask& task);
Move begin(Machine& machine, Branch& branch, const TryTask& task);
Move begin(Machine& machine, Branch& branch, const RaiseTask& task);
Move begin(Machine& machine, Branch& branch, const EmitTask& task);
Move begin(Machine& machine, Branch& branch, const RunWorkflowTask& task);
Move begin(Machine& machine, Branch& branch, const RunProcessTask& task);
Move begin(Machine& machine, Branch& branch, const ExtendTask& task);

// A task that the top frame's task contains is through.
Move after_child(Machine& machine, Branch& branch, const DoTask& task, Passed passed);
Move after_child(Machine& machine, Branch& branch, const ForTask& task, Passed passed);
Move after_child(Machine& machine, Branch& branch, const TryTask& task, Passed passed);
Move after_child(Machine& machine, Branch& branch, const SubscribeTask& task, Passed passed);
Move after_child(Machine& machine, Branch& branch, const ExtendTask& task, Passed passed);
Move after_child(Machine& machine, Branch& branch, const ListenTask& task, Passed passed);

// A step of the top frame's task has its result, and the task is not done by that alone.
Move after_step(Machine& machine, Branch& branch, const SubscribeTask& task, const Value& result);

// Branch `id` of a fork is through. Tells the parent, and ends the fork where it was the last.
void after_branch(Machine& machine, std::uint32_t id, const Value& output);

// The time of the top frame's wait has come.
Move after_wait(Machine& machine, Branch& branch, const WaitTask& task);
Move after_wait(Machine& machine, Branch& branch, const TryTask& task);  // between two attempts

// The output of a child that has completed, as `return` wants it.
Value child_result(const RunWorkflowTask& task, const Value& output);

// -- listen -------------------------------------------------------------------

// The listen task on top of `branch`, which waits, takes the event. Blocked where it needs more of
// them, or does not want this one.
Move take(Machine& machine, Branch& branch, const CloudEvent& event);

// -- try ----------------------------------------------------------------------

// Who handles a fault that left the frames of `branch` from `below` on: that try and how.
struct Catcher {
  std::uint32_t branch = 0;
  std::size_t frame = 0;
  std::optional<std::int64_t> retry_delay_ms;  // absent: its catch body runs
};

// Looks outwards from frame `below` (which does not count). A filter expression that fails replaces
// the fault by its own and the search goes on outside of that try.
std::optional<Catcher> find_catcher(const Machine& machine, const Branch& branch, std::size_t below,
                                    Fault& fault);
// Goes on in the try found; what ran within it is closed.
void handle(Machine& machine, const Catcher& catcher, const Fault& fault);

}  // namespace endure::workflow::interpreter
