// A worker's answer on its way from the step queue to the workflow and back. Whatever becomes of it
// (the transition is committed or refused, or it is dropped because an actor died), the queue hears
// of it exactly once, and through the queue the worker.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "actors/caf_seam.hpp"
#include "actors/engine.hpp"
#include "actors/settle.hpp"

namespace endure::actors {

// What the workflow made of a result or a final failure.
struct StepSettled {
  StepToken token;
  Result<void> result;
  bool completed = false;  // a result, not a failure
  Promise<> reply;         // to the worker
};

class StepAnswer {
 public:
  StepAnswer(caf::actor queue, StepToken token, bool completed, Promise<> reply)
      : queue_(std::move(queue)), settled_{std::move(token), {}, completed, std::move(reply)} {}
  StepAnswer(const StepAnswer&) = delete;
  StepAnswer& operator=(const StepAnswer&) = delete;
  ~StepAnswer() {
    refuse({Code::retry_later, "the call was interrupted before it took effect; try again", {}});
  }

  const StepToken& token() const { return settled_.token; }

  // The answer changed nothing. A second time, or after take(): nothing. Any thread.
  void refuse(Error why);
  // The transition is durable: the caller tells the queue. Once. Any thread.
  StepSettled take() {
    gone_ = true;
    return std::move(settled_);
  }

 private:
  caf::actor queue_;
  StepSettled settled_;
  std::atomic<bool> gone_{false};
};

}  // namespace endure::actors
