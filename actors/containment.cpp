#include "actors/containment.hpp"

#include "base/log.hpp"

namespace endure::actors {

namespace {

// A workflow that lacks such a row waits for what cannot come. Without its snapshot nothing can be
// said of it, and what its mailbox had is told by whoever loads it.
bool holds_up(const persistence::DamagedRow& row) {
  return row.workflow != 0 && row.table != "snapshots" && row.table != "mailbox";
}

}  // namespace

void contain_damage(Context& context) {
  context.store.damage().tell([&context](const persistence::DamagedRow& row) {
    log(Level::error, "a row of the volume is damaged and left out",
        {{"table", row.table}, {"key", row.key}, {"number", row.workflow}, {"error", row.what}});
    if (!holds_up(row) || context.stopping) return;
    context.shard_of(row.workflow)
        .tell(DeliverEvent{row.workflow, workflow::Crashed{damage_cause(row)}, 0, {}});
  });
}

void stop_containing(Context& context) {
  context.store.damage().tell({});
}

std::string damage_cause(const persistence::DamagedRow& row) {
  return "It cannot go on without the row " + row.place() + ": " + row.what;
}

}  // namespace endure::actors
