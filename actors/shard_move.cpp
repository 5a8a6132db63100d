#include "actors/shard_move.hpp"

#include <utility>

#include "base/fault_point.hpp"

namespace endure::actors {

namespace {

using persistence::ShardAct;

void leave(Context& context, Shard shard) {
  for (const auto& slot : context.shards) slot->tell(ShardLeft{shard});
  for (const auto& [name, queue] : context.queues()) tell(queue, ShardLeft{shard});
  const auto shards = context.store.numbering().shards;
  context.triggers.remove_if(
      [&](const WorkflowName& schedule) { return shard_of(schedule, shards) == shard; });
  context.schedules.tell(ShardLeft{shard});
  context.waiters.leave([shard](WorkflowNumber n) { return Numbering::shard(n) == shard; });
}

// What would have been announced had it happened here is read from the tables, as after a start.
// The loader's thread.
void arrive(Context& context, Shard shard) {
  const auto queues = context.store.queues();
  if (!queues) return context.fatal(queues.error());
  for (const auto& row : *queues) {
    const auto queue = context.queue(row.queue);
    tell(queue, PauseQueue{row.paused});
    tell(queue, RescanQueue{});
  }
  context.timers.tell(TimerArmed{context.clock.now()});
  context.schedules.tell(ShardArrived{shard});
  context.broker.tell(OfferLateEvents{});
  // Messages that had waited for the shard, or come with it, may be for workflows of other shards.
  context.activate_mailboxes();
  context.activate_looking([shard](WorkflowNumber n) { return Numbering::shard(n) == shard; });
}

}  // namespace

void move_shard(Context& context, persistence::ShardMoved change, Reply<void> reply) {
  if (context.stopping) return reply(fail(Code::retry_later, "the node is stopping"));
  const auto act = change.step.act;
  const bool leaves = act == ShardAct::freeze || act == ShardAct::yield;
  const bool arrives = act == ShardAct::thaw || act == ShardAct::take;
  const Shard shard = change.step.shard;
  context.journal.submit(std::move(change), [&context, shard, leaves, arrives,
                                             reply = std::move(reply)](const Result<void>& result) {
    ENDURE_FAULT_POINT("move.committed");
    if (!result || (!leaves && !arrives)) return reply(result);
    // Behind a barrier, what was committed before has been announced to the actors.
    context.journal.submit(persistence::LeasesKept{},
                           [&context, shard, leaves, reply](const Result<void>& passed) {
                             if (leaves) {
                               leave(context, shard);
                             } else {
                               context.loader.post([&context, shard] { arrive(context, shard); });
                             }
                             reply(passed);
                           });
  });
}

}  // namespace endure::actors
