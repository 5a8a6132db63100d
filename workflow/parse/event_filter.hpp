// CloudEvents in a document: attributes of `emit`, filters of `listen`.
#pragma once

#include "workflow/parse/context.hpp"

namespace endure::workflow::parse {

// Notes names that are no CloudEvents attributes and values that none can have; `data` may be
// anything.
void check_event_attributes(Context& context, const Node& with);

// One filter: {with: {attribute: text, pattern or expression, data: expression},
// correlate: {key: {from: expression, expect: text or expression}}}.
EventFilter read_event_filter(Context& context, const Node& node);

}  // namespace endure::workflow::parse
