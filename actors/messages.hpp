// Every message between actors, one comment each: facts in the past tense, or imperatives.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/caf_seam.hpp"
#include "actors/engine.hpp"
#include "actors/settle.hpp"
#include "actors/step_answer.hpp"
#include "persistence/change.hpp"
#include "persistence/records.hpp"
#include "workflow/decide.hpp"
#include "workflow/schedule/schedule.hpp"

namespace endure::actors {

using DefinitionPtr = std::shared_ptr<const workflow::Definition>;

// -- to a shard supervisor ------------------------------------------------------

// Create this workflow and run it to its first wait.
struct StartWorkflow {
  WorkflowNumber number = 0;
  WorkflowName name;
  DefinitionPtr definition;
  workflow::Value input;
  Settle settle;
  // The schedule that starts it, as it is after that; null: somebody asked for it.
  std::shared_ptr<const persistence::ScheduleChanged> schedule;
};

// Move the workflow to this definition.
struct Migration {
  DefinitionPtr to;
  std::uint64_t transition = 0;  // where it must still be; 0: wherever it is
};

// Something happened to a workflow; it is activated where it is passive. Like StartWorkflow it goes
// through the shard's intake (shard_slot.hpp).
struct DeliverEvent {
  WorkflowNumber number = 0;
  workflow::Event event;
  std::uint64_t message = 0;  // its sequence where it lies in the mailbox, else 0
  Settle settle;
  std::shared_ptr<StepAnswer> answer = {};  // where the event is a worker's answer
  std::shared_ptr<const persistence::ScheduleChanged> schedule = {};  // of a start
  std::shared_ptr<const Migration> migration = {};                    // instead of the event
};

struct WorkArrived {};     // in your intake: take it
struct ActivateWorkflow {  // messages lie in its mailbox; let it look at them
  WorkflowNumber number = 0;
};

// A passive workflow was read from the store (or could not be).
struct WorkflowLoaded {
  WorkflowNumber number = 0;
  std::shared_ptr<workflow::Snapshot> snapshot;  // null: see error
  DefinitionPtr definition;                      // null: see error; header work is still possible
  Error error;
  bool may_look = false;  // there may be kept events that it has not looked at
  std::vector<std::pair<std::string, std::uint64_t>> damage;  // causes; their message, or 0
};

// A workflow actor has nothing to do, after `received` deliveries. `never_was`: not even created.
struct WorkflowIdle {
  static constexpr std::uint64_t never_was = UINT64_MAX;
  WorkflowNumber number = 0;
  std::uint64_t received = 0;
};

// A workflow actor ended without having been told to.
struct WorkflowFailed {
  WorkflowNumber number = 0;
  std::string cause;
};

// The back-off of a failed workflow is over.
struct ReviveWorkflow {
  WorkflowNumber number = 0;
};

// -- to a workflow actor --------------------------------------------------------

// Say WorkflowIdle if it is so.
struct PassivateIfIdle {};

// What the actor submitted last is durable, or was refused.
struct CommitFinished {
  Result<void> result;
};

// What a decider made of the event that was given to it.
struct Decided {
  std::shared_ptr<Result<workflow::Outcome>> outcome;  // null: deciding threw, see failure
  std::string failure;
};

// The volume was full or busy; look at the mailbox again.
struct RetryMailbox {};

// Broadcast events that came before your listeners, as far as they have been read.
struct KeptFound {
  std::vector<persistence::KeptRow> events;
  std::optional<Error> error;
  bool more = false;
};

// Looking at the kept events was put off; do it now.
struct LookAgain {};

// End; the supervisor has forgotten you.
struct EndActor {};

// -- to a queue actor (or, by name of the queue, through the queue supervisor) -----

struct QueueNews {  // what one commit changed
  std::vector<StepSettled> settled;
  std::vector<persistence::StepKey> gone;  // their workflows no longer wait for them
  std::vector<persistence::StepRecord> ready;
};
struct RescanQueue {};  // something changed behind your back: read the table again
struct ReadyLoaded {    // a slice of the table, asked for with `limit`
  std::vector<persistence::StepRecord> steps;
  std::size_t limit = 0;
};
struct DelayedDue {  // delayed steps whose time has come were made ready
  std::vector<persistence::StepRecord> steps;
  std::optional<Instant> next;
  bool more = false;
};
struct StepFound {  // what the store holds at the key of a token from before a restart
  ConsumerId consumer = 0;
  StepToken token;
  std::optional<persistence::StepRecord> step;
  std::shared_ptr<std::function<void(Result<void>)>> go_on;
};
struct AttachConsumer {
  ConsumerId consumer = 0;
  std::string queue;
  std::string worker;
  std::shared_ptr<StepSink> sink;
};
struct GrantCredit {
  ConsumerId consumer = 0;
  std::string queue;
  std::uint32_t steps = 0;
};
struct DetachConsumer {
  ConsumerId consumer = 0;
  bool lost = false;
};
struct ResultsArrived {};  // in your intake: take them
struct CompleteStep {      // through the queue's intake
  ConsumerId consumer = 0;
  StepToken token;
  workflow::Value result;
  Promise<> reply;
};
struct FailStep {
  ConsumerId consumer = 0;
  StepToken token;
  StepFailure failure;
  Promise<> reply;
};
struct StepDelayed {  // a failed attempt was committed
  persistence::StepRecord step;
  Result<void> result;
};
struct ExtendLeases {
  ConsumerId consumer = 0;
  std::vector<StepToken> tokens;
  Reply<std::vector<StepToken>> lost;
};
struct ReleaseStep {
  ConsumerId consumer = 0;
  StepToken token;
};
struct PauseQueue {  // already durable
  bool paused = false;
};
struct ReportQueue {
  Reply<QueueView> reply;
};
struct Tick {};        // look at the clock
struct ShowVitals {};  // to the tree without workflows: say how many messages wait

// -- to the timers, the broker and the supervisors -------------------------------

struct TimerArmed {  // committed just now
  Instant due;
};
struct TimersLoaded {
  std::vector<persistence::TimerKey> due;
  std::optional<Instant> next;
};
struct OutboxGrown {};    // events were committed to the outbox
struct OutboxRoundDone {  // slices were committed, or none could be
  bool moved = false;
};
// -- to the schedules -----------------------------------------------------------

struct LoadedSchedule {
  persistence::ScheduleRow row;
  DefinitionPtr definition;  // null: see error
  workflow::TimeZonePtr zone;
  std::string error;
};
struct SchedulesLoaded {
  std::vector<LoadedSchedule> schedules;
};
struct DeployDefinition {  // and its schedule, in one commit
  DefinitionPtr definition;
  workflow::TimeZonePtr zone;  // null where it has no schedule
  persistence::DefinitionRow row;
  Promise<> reply;
  bool copied = false;  // from another node of the cluster, which keeps the schedule
};
struct ControlSchedule {
  std::string ns;
  std::string name;
  ScheduleVerb verb{};
  Promise<> reply;
};
struct TriggerSchedule {
  TriggerRequest request;
  Settle reply;
};
struct ReportSchedules {
  Reply<std::vector<ScheduleView>> reply;
};
struct ScheduleSettled {  // a change of a schedule, or a start with it, was committed or refused
  std::string ns;
  std::string name;
  Result<void> result;
};
struct RunEnded {  // a workflow that a schedule waits for has ended
  std::string ns;
  std::string name;
  WorkflowNumber number = 0;
  Instant at;
};
struct EventsWaiting {  // committed just now; or: look
  std::string ns;
  std::string name;
};
struct WaitingLoaded {
  std::string ns;
  std::string name;
  std::uint64_t round = 0;
  std::vector<workflow::WaitingEvent> events;
  bool more = false;
};
struct ScheduleTick {
  std::uint64_t round = 0;
};

struct QueueOpened {  // a queue actor was made outside the root
  std::string queue;
  caf::actor actor;
};
struct ReviveChild {  // the back-off of a failed actor of the infrastructure is over
  std::string path;
};

}  // namespace endure::actors

ENDURE_MESSAGE(endure::actors::WorkArrived)
ENDURE_MESSAGE(endure::actors::DeliverEvent)
ENDURE_MESSAGE(endure::actors::ActivateWorkflow)
ENDURE_MESSAGE(endure::actors::WorkflowLoaded)
ENDURE_MESSAGE(endure::actors::WorkflowIdle)
ENDURE_MESSAGE(endure::actors::WorkflowFailed)
ENDURE_MESSAGE(endure::actors::ReviveWorkflow)
ENDURE_MESSAGE(endure::actors::PassivateIfIdle)
ENDURE_MESSAGE(endure::actors::CommitFinished)
ENDURE_MESSAGE(endure::actors::Decided)
ENDURE_MESSAGE(endure::actors::RetryMailbox)
ENDURE_MESSAGE(endure::actors::KeptFound)
ENDURE_MESSAGE(endure::actors::LookAgain)
ENDURE_MESSAGE(endure::actors::EndActor)
ENDURE_MESSAGE(endure::actors::QueueNews)
ENDURE_MESSAGE(endure::actors::RescanQueue)
ENDURE_MESSAGE(endure::actors::ReadyLoaded)
ENDURE_MESSAGE(endure::actors::DelayedDue)
ENDURE_MESSAGE(endure::actors::StepFound)
ENDURE_MESSAGE(endure::actors::AttachConsumer)
ENDURE_MESSAGE(endure::actors::GrantCredit)
ENDURE_MESSAGE(endure::actors::DetachConsumer)
ENDURE_MESSAGE(endure::actors::ResultsArrived)
ENDURE_MESSAGE(endure::actors::FailStep)
ENDURE_MESSAGE(endure::actors::StepSettled)
ENDURE_MESSAGE(endure::actors::StepDelayed)
ENDURE_MESSAGE(endure::actors::ExtendLeases)
ENDURE_MESSAGE(endure::actors::ReleaseStep)
ENDURE_MESSAGE(endure::actors::PauseQueue)
ENDURE_MESSAGE(endure::actors::ReportQueue)
ENDURE_MESSAGE(endure::actors::Tick)
ENDURE_MESSAGE(endure::actors::ShowVitals)
ENDURE_MESSAGE(endure::actors::TimerArmed)
ENDURE_MESSAGE(endure::actors::TimersLoaded)
ENDURE_MESSAGE(endure::actors::OutboxGrown)
ENDURE_MESSAGE(endure::actors::OutboxRoundDone)
ENDURE_MESSAGE(endure::actors::SchedulesLoaded)
ENDURE_MESSAGE(endure::actors::DeployDefinition)
ENDURE_MESSAGE(endure::actors::ControlSchedule)
ENDURE_MESSAGE(endure::actors::TriggerSchedule)
ENDURE_MESSAGE(endure::actors::ReportSchedules)
ENDURE_MESSAGE(endure::actors::ScheduleSettled)
ENDURE_MESSAGE(endure::actors::RunEnded)
ENDURE_MESSAGE(endure::actors::EventsWaiting)
ENDURE_MESSAGE(endure::actors::WaitingLoaded)
ENDURE_MESSAGE(endure::actors::ScheduleTick)
ENDURE_MESSAGE(endure::actors::QueueOpened)
ENDURE_MESSAGE(endure::actors::ReviveChild)
