// Whether an event is one that a listener waits for.
#pragma once

#include "workflow/interpreter/evaluator.hpp"

namespace endure::workflow::interpreter {

// Each attribute must fit: a text is equal, a pattern matches the whole value, an expression gives
// true or the value. Expressions on attributes see the listen task's input as `.` and the event as
// $event; the one on `data` sees the event's data as `.`. An expression that fails does not match:
// an odd event from outside must not fault the workflow.
bool matches(const EventFilter& filter, const CloudEvent& event, const Evaluator& evaluator,
             const Site& site);

}  // namespace endure::workflow::interpreter
