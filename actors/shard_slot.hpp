// Where a shard's supervisor is reached. Starts and events go through an intake, which outlives the
// supervisor: what lies there when one dies is taken by the next. Any thread.
#pragma once

#include <utility>
#include <variant>
#include <vector>

#include "actors/caf_seam.hpp"
#include "actors/intake.hpp"
#include "actors/messages.hpp"

namespace endure::actors {

using ShardWork = std::variant<StartWorkflow, DeliverEvent>;

class ShardSlot {
 public:
  // A new supervisor, or null. It looks at the intake first.
  void set(caf::actor handle) {
    slot_.set(std::move(handle));
    slot_.tell(WorkArrived{});
  }
  caf::actor get() const { return slot_.get(); }

  void tell(StartWorkflow start) { put(std::move(start)); }
  void tell(DeliverEvent event) { put(std::move(event)); }
  void tell(std::vector<ShardWork> work) { put(std::move(work)); }
  // Anything else goes to the supervisor itself.
  template <class Message>
  void tell(Message message) {
    slot_.tell(std::move(message));
  }

  std::vector<ShardWork> take() { return intake_.take(); }
  std::size_t waiting() const { return intake_.size(); }

 private:
  template <class Work>
  void put(Work work) {
    if (intake_.put(std::move(work))) slot_.tell(WorkArrived{});
  }

  ActorSlot slot_;
  Intake<ShardWork> intake_;
};

}  // namespace endure::actors
