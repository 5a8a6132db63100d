#include "actors/step_answer.hpp"

#include "actors/messages.hpp"

namespace endure::actors {

void StepAnswer::refuse(Error why) {
  if (gone_.exchange(true)) return;
  settled_.result = Failure(std::move(why));
  tell(queue_, std::move(settled_));
}

}  // namespace endure::actors
