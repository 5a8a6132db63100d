// What a transition says to other workflows: children that it created, a child that it gave up, the
// parent that waits for its end. All of it lies in their mailboxes by the same commit; this wakes
// them up.
#pragma once

#include <memory>
#include <vector>

#include "actors/context.hpp"
#include "persistence/change.hpp"
#include "workflow/decide.hpp"

namespace endure::actors {

class FamilyNews {
 public:
  FamilyNews(Context& context, WorkflowNumber self) : context_(context), self_(self) {}

  // After the commit, on its thread: what is here then was written here.
  void tell() const;

 private:
  friend std::shared_ptr<const FamilyNews> news_for_family(Context&, WorkflowNumber,
                                                           const workflow::Outcome&,
                                                           const persistence::Transition&);

  Context& context_;
  WorkflowNumber self_;
  std::vector<persistence::ChildRow> children_;  // their names, numbers and refusals alone
  std::vector<DeliverEvent> deliveries_;
};

// Null where the transition concerns no other workflow.
std::shared_ptr<const FamilyNews> news_for_family(Context& context, WorkflowNumber self,
                                                  const workflow::Outcome& outcome,
                                                  const persistence::Transition& change);

}  // namespace endure::actors
