// The root of the tree: spawns and restarts the actors of the infrastructure (shards, queues,
// timers, schedules, broker), one for one with back-off. When one of them keeps dying the node
// stops with an error rather than limp.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <unordered_map>

#include "actors/context.hpp"
#include "actors/messages.hpp"
#include "actors/restart_intensity.hpp"

namespace endure::actors {

class RootSupervisor final : public EndureActor {
 public:
  // `ready` is called once when all children stand.
  RootSupervisor(caf::actor_config& config, Context& context, std::function<void()> ready);

  caf::behavior make_behavior() override;
  void on_exit() override;

 private:
  struct Child {
    std::function<caf::actor()> spawn;               // makes one, unsupervised
    std::function<void(const caf::actor&)> install;  // makes it known to its neighbours
    caf::actor actor;
    RestartIntensity intensity;
  };

  void add_child(const std::string& path, std::function<caf::actor()> spawn,
                 std::function<void(const caf::actor&)> install);
  void start_child(const std::string& path, Child& child);
  void on_queue_opened(const QueueOpened& opened);
  void on_child_failed(const caf::down_msg& down);
  void on_revive(const ReviveChild& revive);
  void on_tick();
  void on_show_vitals();
  void remove_ended_workflows();

  Context& context_;
  std::function<void()> ready_;
  std::shared_ptr<Vitals> vitals_;
  std::map<std::string, Child> children_;
  std::unordered_map<caf::actor_id, std::string> paths_;
  std::int64_t ticks_ = 0;
};

}  // namespace endure::actors
