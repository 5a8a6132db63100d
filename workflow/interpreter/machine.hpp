// Runs the branches of a workflow, as far as they go without waiting.
//
// A branch is a stack of frames, one a task that is under way. What happens next to its top is a
// Move; each kind of task (tasks/) answers a move with the next one, until the branch is Blocked.
// No recursion: a thousand tasks in a row, or a loop of a million rounds, use no stack.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "workflow/interpreter/draft.hpp"
#include "workflow/interpreter/evaluator.hpp"
#include "workflow/interpreter/fault.hpp"

namespace endure::workflow::interpreter {

struct Blocked {};  // nothing happens before an event (or another branch) says so
struct Enter {      // a task begins on top of the stack
  TaskId task = 0;
  Value input;
};
struct Done {  // the top frame's task has its raw output
  Value output;
  std::optional<Flow> then;  // instead of the task's own
};
struct Passed {  // a task is through and its frame gone: the frame below goes on
  Value output;
  Flow then;
};
struct Raised {  // the top frame's task failed
  Fault fault;
};
using Move = std::variant<Blocked, Enter, Done, Passed, Raised>;

// Whether anything reads $input or $task.input of the task once it has begun; else its frame does
// not keep them.
bool reads_input_later(const Task& task);

class Machine {
 public:
  Machine(const Definition& the_definition, const Decision& the_decision, Expressions& expressions,
          Draft& the_draft);

  const Definition& definition;
  const Decision& decision;
  Draft& draft;
  Evaluator evaluator;

  // A move for a branch, made by run(). Moves of branches that are gone by then are dropped.
  void push(std::uint32_t branch, Move move) { moves_.emplace_back(branch, std::move(move)); }
  // Makes all moves, until every branch is blocked or the workflow has ended.
  void run();

  bool ended() const { return is_ended(draft.next.phase); }

  // -- branches and frames ----------------------------------------------------

  Branch* find_branch(std::uint32_t id);
  const Branch* find_branch(std::uint32_t id) const;
  Branch* find_waiting(WaitId wait);  // the branch that is blocked on it
  std::uint32_t new_branch(std::uint32_t parent);
  std::uint32_t next_branch_id() const { return next_branch_; }
  void drop_children(std::uint32_t parent);  // with all that they wait for
  // Pops frames until `keep` are left, closing what they have open; the branch waits for nothing
  // then.
  void unwind(Branch& branch, std::size_t keep);

  const Task& task_of(const Frame& frame) const { return definition.task(frame.task); }
  const Task& top_task(const Branch& branch) const { return task_of(branch.frames.back()); }
  // The definition's view of frame `index` while its task is under way.
  Site site(const Branch& branch, std::size_t index) const;
  Site top_site(const Branch& branch) const { return site(branch, branch.frames.size() - 1); }

  // -- the workflow's end -----------------------------------------------------

  void complete_workflow(const Value& output);
  void fault_workflow(Fault fault);

  // The timeout of frame `index` has come: its task fails, and all that runs within.
  void time_out(Branch& branch, std::size_t index);

 private:
  Move make(std::uint32_t branch, Move move);
  Move enter(Branch& branch, Enter enter);
  Move complete(Branch& branch, Done done);
  Move pass(Branch& branch, Passed passed);
  Move raise(Branch& branch, Fault fault);
  Evaluated<bool> prepare(Branch& branch, const Value& raw_input);
  Evaluated<void> conclude(Branch& branch, Value& output);
  Evaluated<void> set_status(const Template& status, const Value& dot, const Site& at);

  std::deque<std::pair<std::uint32_t, Move>> moves_;
  std::size_t tasks_run_ = 0;
  std::uint32_t next_branch_ = 1;
};

}  // namespace endure::workflow::interpreter
