// Settle: the promise to answer whoever sent an event. Copies share one promise; it is kept exactly
// once. When the last copy goes without an answer (an actor died, a mailbox was dropped) the asker
// hears Code::retry_later, so that nobody waits for ever.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include "base/result.hpp"
#include "workflow/snapshot.hpp"

namespace endure::actors {

template <class... Extra>
class Promise {
 public:
  using Function = std::function<void(const Result<void>&, Extra...)>;

  Promise() = default;  // nobody asks
  explicit Promise(Function function) {
    if (function) state_ = std::make_shared<State>(std::move(function));
  }

  void operator()(const Result<void>& result, Extra... extra) const {
    if (state_) state_->answer(result, extra...);
  }

 private:
  struct State {
    explicit State(Function f) : function(std::move(f)) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
      answer(fail(Code::retry_later, "the call was interrupted before it took effect; try again"),
             Extra{}...);
    }
    void answer(const Result<void>& result, Extra... extra) {
      if (!answered.exchange(true)) function(result, extra...);
    }
    Function function;
    std::atomic<bool> answered{false};
  };

  std::shared_ptr<State> state_;
};

// The snapshot is the workflow's newest where the event was accepted, and null otherwise. It lives
// for the call only.
using Settle = Promise<const workflow::Snapshot*>;

}  // namespace endure::actors
