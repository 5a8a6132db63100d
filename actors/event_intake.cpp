#include "actors/event_intake.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/fault_point.hpp"
#include "persistence/codec.hpp"
#include "workflow/event_identity.hpp"

namespace endure::actors {

namespace {

// Whether an event that was sent to the workflow waits for a listener to come.
bool is_kept(const workflow::Snapshot& snapshot, const workflow::CloudEvent& event) {
  return std::any_of(snapshot.mailbox.begin(), snapshot.mailbox.end(), [&](const auto& message) {
    const auto* received = std::get_if<workflow::EventReceived>(&message.event);
    return received != nullptr && received->addressed && received->queued_for.empty() &&
           received->event == event;
  });
}

// For whoever sent it: an answer in round figures, at little cost.
std::uint64_t count_listeners(persistence::Store& store, const std::string& type) {
  constexpr std::size_t most = 1'000;
  const auto count = [&](const std::string& of) {
    const auto listeners = store.listeners(of, 0, most);
    return listeners ? listeners->size() : 0;
  };
  return std::min<std::uint64_t>(most, count(type) + (type.empty() ? 0 : count("")));
}

}  // namespace

void send_event(Context& context, WorkflowNumber number, workflow::CloudEvent event,
                Reply<SendReceipt> reply) {
  Settle settle([reply = std::move(reply), event](const Result<void>& result,
                                                  const workflow::Snapshot* snapshot) {
    const bool duplicate = !result && workflow::is_duplicate_event(result.error());
    if (!result && !duplicate) return reply(Failure{result.error()});
    SendReceipt receipt{persistence::summary_of(*snapshot), EventFate::taken};
    if (duplicate) {
      receipt.fate = EventFate::duplicate;
    } else if (is_kept(*snapshot, event)) {
      receipt.fate = EventFate::kept;
    }
    reply(std::move(receipt));
  });
  const workflow::EventReceived received{std::move(event), true};
  context.shard_of(number).tell(DeliverEvent{number, received, 0, std::move(settle)});
}

void publish_event(Context& context, workflow::CloudEvent event, Reply<PublishReceipt> reply) {
  persistence::OutboxRow row;
  row.sequence = context.store.next_sequence();
  row.event = persistence::encode_value(event);
  row.type = event->value("type", "");
  row.keep = context.config.keep_events_ms > 0;
  row.accepted = context.clock.now();
  row.identity = workflow::event_identity(event);
  PublishReceipt receipt;
  receipt.sequence = row.sequence;
  receipt.listeners = count_listeners(context.store, row.type);
  context.journal.submit(
      persistence::EventAccepted{std::move(row)},
      [&context, receipt, reply = std::move(reply)](const Result<void>& result) mutable {
        if (!result && result.error().code == Code::conflict) {
          // The store names the one that was first.
          receipt.duplicate = true;
          receipt.sequence = std::strtoull(result.error().where.c_str(), nullptr, 10);
          return reply(receipt);
        }
        if (!result) return reply(Failure{result.error()});
        ENDURE_FAULT_POINT("events.accepted");
        context.broker.tell(OutboxGrown{});
        reply(receipt);
      });
}

}  // namespace endure::actors
