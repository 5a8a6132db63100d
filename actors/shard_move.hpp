// Shards of the cluster that leave this node and arrive at it: the actors stop serving their
// workflows, steps, timers and schedules, and begin. Any thread.
#pragma once

#include "actors/caf_seam.hpp"
#include "actors/context.hpp"
#include "persistence/cluster_records.hpp"

namespace endure::actors {

// To supervisors, queues and schedules: what is of this shard of the cluster is served here no
// more. The store refuses what is still on its way.
struct ShardLeft {
  Shard shard = 0;
};
// To the schedules: those of this shard are served here now.
struct ShardArrived {
  Shard shard = 0;
};

// To the broker: schedules have arrived, and have still to be offered some events.
struct OfferLateEvents {};

// Commits the step; then the actors hear of a shard that is frozen, thawed or taken. The reply
// comes behind that: whoever asks this node later gets an answer that fits.
void move_shard(Context& context, persistence::ShardMoved change, Reply<void> reply);

}  // namespace endure::actors

ENDURE_MESSAGE(endure::actors::ShardLeft)
ENDURE_MESSAGE(endure::actors::ShardArrived)
ENDURE_MESSAGE(endure::actors::OfferLateEvents)
