// Supervises the workflow actors of one shard: activates them when something comes for them, lets
// them go when they are idle, restarts them from their snapshot when they die, and suspends a
// workflow whose actor keeps dying. Every message for a workflow passes through here, so there is
// never a moment at which one is lost between a passive and an active workflow.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/context.hpp"
#include "actors/messages.hpp"
#include "actors/restart_intensity.hpp"
#include "actors/shard_move.hpp"
#include "actors/workflow_actor.hpp"

namespace endure::actors {

class ShardSupervisor final : public EndureActor {
 public:
  ShardSupervisor(caf::actor_config& config, Context& context, ShardSlot& slot,
                  const std::string& path);

  caf::behavior make_behavior() override;
  void on_exit() override;

 private:
  struct Child {
    caf::actor actor;
    std::uint64_t sent = 0;
    std::int64_t last_sent_ms = 0;  // steady
  };

  void take_work();
  void start(StartWorkflow&& start);
  void deliver(DeliverEvent&& event);
  void on_activate(const ActivateWorkflow& activate);
  void on_loaded(const WorkflowLoaded& loaded);
  void on_idle(const WorkflowIdle& idle);
  void on_failed(const WorkflowFailed& failed);
  void on_revive(const ReviveWorkflow& revive);
  void on_left(const ShardLeft& left);
  void on_tick();

  // With its first event, where there is one. False: its constructor threw; the failure has been
  // recorded.
  bool spawn_child(workflow::Snapshot snapshot, DefinitionPtr definition, Error error,
                   WorkflowActor::Origin origin, std::optional<DeliverEvent> first = {});
  void forward(Child& child, DeliverEvent&& event);
  void load(WorkflowNumber number);
  // Reads after everything that was submitted so far has been committed.
  void load_after_barrier(WorkflowNumber number);

  Context& context_;
  ShardSlot& slot_;
  std::shared_ptr<Vitals> vitals_;
  std::unordered_map<WorkflowNumber, Child> children_;
  std::unordered_map<WorkflowNumber, std::vector<DeliverEvent>> loading_;  // what waits for a load
  std::unordered_map<WorkflowNumber, RestartIntensity> failures_;
};

}  // namespace endure::actors
