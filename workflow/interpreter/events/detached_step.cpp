// The end of a step that nobody waits for (`await: false`): it is noted and forgotten, whatever the
// workflow does meanwhile, and after its end too.
#include "workflow/interpreter/events.hpp"

namespace endure::workflow::interpreter {
namespace {

bool is_detached(Draft& draft, WaitId wait) {
  const auto* step = draft.find_step(wait);
  return step != nullptr && step->detached;
}

std::string name_detached(const OpenStep& step) {
  return step.queue + ", step " + std::to_string(step.wait);
}

}  // namespace

bool end_detached_step(Draft& draft, const Event& event) {
  if (const auto* completed = std::get_if<StepCompleted>(&event)) {
    if (!is_detached(draft, completed->wait)) return false;
    draft.note(HistoryEntry::Kind::step_completed, {},
               name_detached(*draft.find_step(completed->wait)), completed->result);
    draft.close_step(completed->wait);
    return true;
  }
  if (const auto* failed = std::get_if<StepFailed>(&event)) {
    if (!is_detached(draft, failed->wait)) return false;
    draft.note(HistoryEntry::Kind::step_failed, {},
               name_detached(*draft.find_step(failed->wait)) + ": " + describe(failed->fault),
               to_json(failed->fault));
    draft.close_step(failed->wait);
    return true;
  }
  return false;
}

}  // namespace endure::workflow::interpreter
