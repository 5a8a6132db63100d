// What a commit can hold. Each Change is applied whole or not at all, and all changes of one batch
// become durable together.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "persistence/cluster_records.hpp"
#include "persistence/records.hpp"

namespace endure::persistence {

// Which indexes a workflow stands in; compared with the previous values so that only what changed
// is written.
struct IndexEntry {
  workflow::Phase phase = workflow::Phase::pending;
  std::string status;

  bool operator==(const IndexEntry&) const = default;
};

// A schedule's row as it will be. Code::conflict where the stored row's revision is not one less
// (no row: 0), so that a schedule moves on from what its writer has seen, or not at all.
struct ScheduleChanged {
  ScheduleRow row;
  bool remove = false;                  // the row goes, and every event that waits for it
  bool forget_events = false;           // every event that waits goes
  std::vector<std::uint64_t> consumed;  // events that wait no longer
};

// One transition of one workflow: its snapshot, its history record and all its effects.
struct Transition {
  WorkflowNumber workflow = 0;
  WorkflowName name;
  workflow::DefinitionRef definition;
  bool create = false;       // refused with Code::conflict where the name exists
  std::uint64_t number = 0;  // Snapshot::transition; must follow the stored one by one
  std::string snapshot;      // encode_snapshot()
  std::string history;       // encode_history()
  std::optional<IndexEntry> index_before;  // absent: not in any index yet
  IndexEntry index_after;
  std::vector<StepRecord> enqueue;
  std::vector<StepKey> remove_steps;  // wherever they lie: ready, delayed or dead
  struct Bury {
    StepKey key;
    workflow::Fault fault;
    Instant at;
  };
  std::vector<Bury> bury_steps;  // ready or delayed → dead; the attempt that ended it counts
  std::vector<StepKey> redrive_steps;  // dead → ready, attempts 0
  std::vector<TimerKey> arm_timers;
  std::vector<TimerKey> disarm_timers;
  std::vector<ListenerKey> listen;
  std::vector<ListenerKey> unlisten;
  std::vector<MailboxPut> keep_messages;
  std::vector<std::uint64_t> consume_messages;
  std::vector<OutboxRow> publish;
  // The schedule that starts this workflow moves on in the same commit; null: nothing scheduled it.
  std::shared_ptr<const ScheduleChanged> schedule;
  std::vector<ChildRow> children;
  std::vector<Delivery> deliver;
  // The workflow has looked at the events that were kept when its listeners were opened.
  bool looked = false;
  std::vector<SinkRow> sink_events;
};

// A failed attempt: ready → delayed until record.due, or ready still where due is not set (the
// store knows no clock: a due time in the past waits for StepsDue like any other), with the
// attempts, fault and lease fields of `record`. Code::conflict where the step is gone.
struct StepRetried {
  StepRecord record;
};

// Delayed steps whose time has come: delayed → ready. Steps that are gone are passed over.
struct StepsDue {
  std::string queue;
  struct Due {
    StepKey key;
    Instant due;
  };
  std::vector<Due> steps;
};

// A lease that was extended by heartbeat: leased_until and leased_by are stored with the ready
// step. Steps that are gone are passed over.
struct LeasesKept {
  struct Lease {
    StepKey key;
    Instant until;
    std::string worker;
  };
  std::vector<Lease> leases;
};

struct QueuePaused {
  std::string queue;
  bool paused = false;
};

struct DefinitionDeployed {  // the same source again is no change; another one is Code::conflict
  DefinitionRow row;
  std::optional<ScheduleChanged> schedule = {};  // of its name; not for the same source again
};

// From outside, for every listener. Code::conflict with the first one's sequence in Error::where
// where an event of this identity is on its way or kept.
struct EventAccepted {
  OutboxRow row;
};

// One slice of the delivery of an outbox event: mailbox rows for some listeners and the outbox
// row's progress, or its removal with the last slice.
struct EventDispatched {
  std::uint64_t sequence = 0;
  using Delivery = persistence::Delivery;
  std::vector<Delivery> deliveries;
  std::optional<OutboxRow> progress;      // absent: done, remove the row, or keep its event
  std::vector<TriggerRow> triggers = {};  // for schedules; those that are gone are passed over
};

// Kept events go: their time is over, or there are too many. Those that are gone are passed over.
struct EventsExpired {
  std::vector<std::uint64_t> sequences;
};

// A workflow has looked at the kept events, and took none of them.
struct EventsLooked {
  WorkflowNumber workflow = 0;
};

// Events that a sink has taken, or that are given up. Those that are gone are passed over.
struct SinkSettled {
  std::vector<SinkKey> keys;
};

// An ended workflow past its retention: every row of it goes. Code::conflict where it has not
// ended.
struct WorkflowRemoved {
  WorkflowNumber workflow = 0;
};

using Change =
    std::variant<Transition, StepRetried, StepsDue, LeasesKept, QueuePaused, DefinitionDeployed,
                 EventAccepted, EventDispatched, WorkflowRemoved, EventsExpired, EventsLooked,
                 SinkSettled, ScheduleChanged, NodeMet, ClusterBorn, RelayTaken, RelayAcked,
                 MembersChanged, ClusterJoined, NodeDeparts, ShardMoved, LateEventsOffered>;

}  // namespace endure::persistence
