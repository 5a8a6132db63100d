// Messages of other nodes' workflows for those of this node: children to be made, ends of children,
// cancellations; and events for every listener. Any thread.
#pragma once

#include <memory>

#include "actors/cluster_engine.hpp"
#include "actors/context.hpp"

namespace endure::actors {

void take_relayed(Context& context, persistence::RelayTaken messages, Reply<void> reply);

// On the journal's thread, after each commit: its effects go live, and whoever sends to other nodes
// is told where it has left messages for them.
void after_commit(Context& context);

// Null where the node belongs to no cluster. The context must outlive it.
std::unique_ptr<ClusterEngine> make_cluster_engine(Context& context);

}  // namespace endure::actors
