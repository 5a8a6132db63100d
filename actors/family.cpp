#include "actors/family.hpp"

#include <utility>

#include "actors/messages.hpp"
#include "base/fault_point.hpp"
#include "base/log.hpp"
#include "base/mutant.hpp"
#include "persistence/codec.hpp"

namespace endure::actors {

namespace {

// A damaged row is this child's affair alone.
void give_up(Context& context, const persistence::ChildRow& child, const Error& error) {
  if (error.code != Code::corrupt) return context.fatal(error);
  log(Level::error, "child workflow cannot be woken: its row is damaged",
      {{"namespace", child.name.ns},
       {"workflow", child.name.id},
       {"where", error.where},
       {"error", error.what}});
}

// Wakes the child; or its parent, where the child was refused because its name is taken.
void announce_child(Context& context, WorkflowNumber parent, const persistence::ChildRow& child) {
  const auto found = context.store.find_workflow(child.name);
  if (!found) return give_up(context, child, found.error());
  // Its shard may go to another node meanwhile, which wakes it there.
  if (!*found || !context.is_here(child.workflow)) return;
  if (*found == child.workflow) {
    context.shard_of(child.workflow).tell(ActivateWorkflow{child.workflow});
    return;
  }
  log(Level::warning, "child workflow not started: its name is taken",
      {{"namespace", child.name.ns}, {"workflow", child.name.id}});
  auto refusal = persistence::decode_event(child.refusal.event);
  if (!refusal) return give_up(context, child, refusal.error());
  context.shard_of(parent).tell(
      DeliverEvent{parent, *std::move(refusal), child.refusal.sequence, {}});
}

}  // namespace

std::shared_ptr<const FamilyNews> news_for_family(Context& context, WorkflowNumber self,
                                                  const workflow::Outcome& outcome,
                                                  const persistence::Transition& change) {
  if (change.children.empty() && change.deliver.empty()) return nullptr;
  auto news = std::make_shared<FamilyNews>(context, self);
  for (const auto& child : change.children) {
    persistence::ChildRow row;
    row.workflow = child.workflow;
    row.name = child.name;
    row.refusal = child.refusal;
    news->children_.push_back(std::move(row));
  }
  // The transition's deliveries stand in the order of the effects that made them.
  auto row = change.deliver.begin();
  for (const workflow::Effect& effect : outcome.effects) {
    if (const auto* cancel = std::get_if<workflow::CancelChild>(&effect)) {
      const auto sequence = (row++)->message.sequence;
      news->deliveries_.push_back(
          {cancel->number, workflow::CancelRequested{cancel->reason}, sequence, {}});
    } else if (const auto* end = std::get_if<workflow::TellParent>(&effect)) {
      const auto sequence = (row++)->message.sequence;
      news->deliveries_.push_back({end->parent, end->event, sequence, {}});
    }
  }
  return news;
}

// Other nodes hear of it by the relay.
void FamilyNews::tell() const {
  auto children = children_;
  std::erase_if(children, [this](const auto& row) { return !context_.is_here(row.workflow); });
  if (!children.empty()) {
    ENDURE_FAULT_POINT("child.created");
    context_.loader.post([&context = context_, self = self_, children = std::move(children)] {
      for (const auto& child : children) announce_child(context, self, child);
    });
  }
  if (deliveries_.empty() || ENDURE_MUTANT("lost_child_end")) return;
  ENDURE_FAULT_POINT("child.delivered");
  for (const DeliverEvent& delivery : deliveries_) {
    if (context_.is_here(delivery.number)) context_.tell_shard(delivery);
  }
}

}  // namespace endure::actors
