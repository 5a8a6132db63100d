// The lifecycle events that the language asks of a runtime: CloudEvents that tell the world outside
// what a transition did to a workflow and its tasks. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "workflow/decide.hpp"

namespace endure::workflow {

// Which types are asked for: each is a type, or the beginning of some, ending in `*`. An empty list
// asks for all but the status-changed ones, which repeat what the others say.
class EventTypes {
 public:
  explicit EventTypes(std::vector<std::string> wanted) : wanted_(std::move(wanted)) {}
  bool contains(std::string_view type) const;

 private:
  std::vector<std::string> wanted_;
};

// In the order in which they happened, with those that `emit` tasks published among them. Ids are
// unique, and the same should the transition be decided again. `before` is null for a workflow's
// first transition; without a definition (a workflow that is ended by force) nothing is said of
// tasks that were given up.
std::vector<CloudEvent> lifecycle_events(const Definition* definition, const Snapshot* before,
                                         const Outcome& outcome, const EventTypes& types);

}  // namespace endure::workflow
