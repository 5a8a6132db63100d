// Between a workflow's actor and the journal: is the transition durable that the actor submitted
// last, and who says so? An actor that has nothing to do after its commit is not woken for it. It
// finds out when its next event comes, which saves the workflow that waits for a worker a message
// for each of its steps.
#pragma once

#include <atomic>

namespace endure::actors {

class CommitNotice {
 public:
  // The actor, before it submits. `tell`: it wants a message in any case.
  void begin(bool tell) { state_ = tell ? State::awaited : State::open; }

  // The actor. True: the transition is durable, and no message comes. False: one will come.
  [[nodiscard]] bool is_over() {
    State open = State::open;
    return !state_.compare_exchange_strong(open, State::awaited) && open == State::over;
  }

  // The journal's thread, once the transition is durable. True: the actor wants a message.
  [[nodiscard]] bool commit() {
    State open = State::open;
    return !state_.compare_exchange_strong(open, State::over);
  }

 private:
  enum class State : unsigned char {
    open,     // nobody has asked
    awaited,  // the actor waits for a message
    over,     // durable, and nobody has asked
  };
  std::atomic<State> state_{State::awaited};
};

}  // namespace endure::actors
