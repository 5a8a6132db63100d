#include "actors/event_broker.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

#include "actors/definition_calls.hpp"
#include "base/fault_point.hpp"
#include "base/log.hpp"
#include "base/mutant.hpp"
#include "persistence/codec.hpp"

namespace endure::actors {

using persistence::EventDispatched;
using persistence::OutboxRow;

namespace {

constexpr std::size_t events_at_once = 256;
constexpr std::size_t listeners_at_once = 512;
constexpr std::int64_t retry_ms = 1'000;

// One slice of one event: the commit, and what is told to the shards after it.
struct Slice {
  EventDispatched change;
  std::vector<DeliverEvent> deliveries;
  std::vector<EventsWaiting> schedules;
  std::optional<std::string> kept_type;  // the last slice of an event that is kept from now on
};

// A listener to every type that also listens to this very type had the event with that slice.
bool has_it_already(Context& context, const OutboxRow& row, const persistence::ListenerKey& key) {
  if (!key.type.empty() || row.type.empty()) return false;
  const auto same = context.store.listeners(row.type, key.workflow - 1, 1);
  return same && !same->empty() && same->front().workflow == key.workflow;
}

// The listeners of one table slice; a workflow with several listeners gets the event once.
void add_listeners(Context& context, Slice& slice, const OutboxRow& row,
                   const std::vector<persistence::ListenerKey>& keys,
                   const workflow::Value& event) {
  WorkflowNumber last = 0;
  for (const auto& key : keys) {
    if (key.workflow == last || has_it_already(context, row, key)) continue;
    last = key.workflow;
    if (ENDURE_MUTANT("drop_delivery")) continue;
    const std::uint64_t sequence = context.store.next_sequence();
    const workflow::EventReceived received{event, false, row.keep ? row.sequence : 0};
    slice.change.deliveries.push_back(
        {key.workflow, {sequence, persistence::encode_event(received)}});
    slice.deliveries.push_back({key.workflow, received, sequence, {}});
  }
}

Result<Slice> next_slice(Context& context, const OutboxRow& row) {
  Slice slice;
  slice.change.sequence = row.sequence;
  auto event = persistence::decode_value(row.event);
  if (!event) return Failure{event.error()};
  // With the first slice, for the schedules that it starts.
  if (row.resume_after == 0 && !row.any_done) {
    auto triggers = context.triggers.triggers(*event, row);
    if (!triggers) return Failure{triggers.error()};
    for (const auto& trigger : *triggers) slice.schedules.push_back({trigger.ns, trigger.name});
    slice.change.triggers = std::move(*triggers);
  }
  // First the listeners of the type, then those to every type.
  const bool any = row.any_done || row.type.empty();
  auto keys = context.store.listeners(any ? "" : row.type, row.resume_after, listeners_at_once);
  if (!keys) return Failure{keys.error()};
  add_listeners(context, slice, row, *keys, *event);
  if (keys->size() == listeners_at_once) {
    // A workflow may have further listeners behind the slice's end: it starts the next slice, too.
    OutboxRow rest = row;
    rest.resume_after = keys->back().workflow;
    slice.change.progress = std::move(rest);
  } else if (!any) {
    OutboxRow rest = row;
    rest.resume_after = 0;
    rest.any_done = true;
    slice.change.progress = std::move(rest);
  } else if (row.keep) {
    slice.kept_type = row.type;
  }
  return slice;
}

// Says that the round is over when its last commit has come back.
struct Round {
  explicit Round(caf::actor broker) : broker_(std::move(broker)) {}
  Round(const Round&) = delete;
  Round& operator=(const Round&) = delete;
  ~Round() { tell(broker_, OutboxRoundDone{moved}); }

  std::atomic<bool> moved{false};

 private:
  caf::actor broker_;
};

// Events wait for these schedules, durably.
void tell_schedules(Context& context, const std::vector<EventsWaiting>& schedules) {
  for (const EventsWaiting& waiting : schedules) {
    context.triggers.stored(waiting.ns, waiting.name);
    context.schedules.tell(waiting);
  }
}

void commit_slice(Context& context, Slice&& slice, std::shared_ptr<Round> round) {
  auto told = std::make_shared<Slice>();
  told->deliveries = std::move(slice.deliveries);
  told->schedules = std::move(slice.schedules);
  told->kept_type = std::move(slice.kept_type);
  context.journal.submit(
      std::move(slice.change), [&context, told, round](const Result<void>& result) {
        ENDURE_FAULT_POINT("broker.dispatched");
        if (!result) return;
        if (told->kept_type) {
          context.event_figures.count(*told->kept_type, EventFigures::Fate::kept);
        }
        round->moved = true;
        for (DeliverEvent& delivery : told->deliveries) {
          context.tell_shard(std::move(delivery));
        }
        tell_schedules(context, told->schedules);
      });
}

// -- schedules that have come from another node --------------------------------------

std::optional<OutboxRow> event_at(Context& context, std::uint64_t sequence) {
  const auto kept = context.store.kept_events(sequence - 1, 1);
  if (kept && !kept->empty() && kept->front().sequence == sequence) {
    const auto& row = kept->front();
    OutboxRow event;
    event.sequence = sequence;
    event.event = row.event;
    event.type = row.type;
    event.keep = true;
    return event;
  }
  const auto outbox = context.store.outbox(sequence - 1, 1);
  if (!outbox || outbox->empty() || outbox->front().sequence != sequence) return std::nullopt;
  return outbox->front();
}

// Those of the shard's schedules that the events start.
Result<persistence::LateEventsOffered> offer_of(Context& context,
                                                const persistence::LateEvents& late) {
  persistence::LateEventsOffered offer{late.shard, {}};
  const auto shards = context.store.numbering().shards;
  for (const auto sequence : late.sequences) {
    const auto row = event_at(context, sequence);
    if (!row) continue;  // its time is over
    auto event = persistence::decode_value(row->event);
    if (!event) continue;
    auto triggers = context.triggers.triggers(*event, *row);
    if (!triggers) return Failure{triggers.error()};
    for (auto& trigger : *triggers) {
      if (shard_of({trigger.ns, trigger.name}, shards) != late.shard) continue;
      offer.triggers.push_back(std::move(trigger));
    }
  }
  return offer;
}

void commit_offer(Context& context, persistence::LateEventsOffered&& offer,
                  std::shared_ptr<Round> round) {
  std::vector<EventsWaiting> told;
  for (const auto& trigger : offer.triggers) told.push_back({trigger.ns, trigger.name});
  context.journal.submit(std::move(offer),
                         [&context, told = std::move(told), round](const Result<void>& result) {
                           if (result) tell_schedules(context, told);
                         });
}

}  // namespace

EventBroker::EventBroker(caf::actor_config& config, Context& context)
    : EndureActor(config), context_(context), vitals_(context.vitals("/root/broker")) {}

caf::behavior EventBroker::make_behavior() {
  context_.loader.post([&context = context_] {
    context.activate_mailboxes();
    context.activate_looking();
  });
  offer_late();
  look();
  return {
      [this](const OutboxGrown&) { look(); },
      [this](const OfferLateEvents&) { offer_late(); },
      [this](const OutboxRoundDone& m) { on_round_done(m); },
      [this](const ShowVitals&) { vitals_->shown(mailbox().size()); },
  };
}

void EventBroker::look() {
  if (std::exchange(working_, true)) {
    look_again_ = true;
    return;
  }
  // Schedules with expressions in their filters may compute for long: not where others wait to
  // load.
  BlockingPool& pool = context_.triggers.evaluates() ? context_.deciders : context_.loader;
  pool.post(
      [&context = context_, round = std::make_shared<Round>(caf::actor_cast<caf::actor>(this))] {
        auto rows = context.store.outbox(0, events_at_once);
        if (!rows) {
          context.fatal(rows.error());
          return;
        }
        for (const OutboxRow& row : *rows) {
          auto slice = next_slice(context, row);
          if (slice) {
            commit_slice(context, std::move(*slice), round);
          } else {
            log(Level::error, "event cannot be delivered",
                {{"sequence", row.sequence}, {"error", slice.error().what}});
          }
        }
      });
}

// A round of its own: what was delivered before it has been committed, and noted as late where
// these schedules were not known; what is delivered after it is offered to them as to all.
void EventBroker::offer_late() {
  if (context_.cluster == nullptr) return;
  if (std::exchange(working_, true)) {
    offer_again_ = true;
    return;
  }
  BlockingPool& pool = context_.triggers.evaluates() ? context_.deciders : context_.loader;
  pool.post(
      [&context = context_, round = std::make_shared<Round>(caf::actor_cast<caf::actor>(this))] {
        const auto all = context.cluster->late_events();
        if (!all) return context.fatal(all.error());
        if (all->empty()) return;
        if (auto opened = open_event_schedules(context); !opened) {
          return context.fatal(opened.error());
        }
        for (const auto& late : *all) {
          auto offer = offer_of(context, late);
          if (offer) {
            commit_offer(context, std::move(*offer), round);
          } else {
            log(Level::error, "schedules cannot be offered events that they missed",
                {{"shard", late.shard}, {"error", offer.error().what}});
          }
        }
      });
}

void EventBroker::on_round_done(const OutboxRoundDone& round) {
  ENDURE_FAULT_POINT("broker.round_done");
  working_ = false;
  if (std::exchange(offer_again_, false)) {
    look_again_ = look_again_ || round.moved;
    return offer_late();
  }
  if (std::exchange(look_again_, false) || round.moved) {
    look();
  } else if (context_.store.stats().outbox > 0) {
    tell_later(this, retry_ms, OutboxGrown{});  // no room, or a damaged row: do not spin
  }
}

}  // namespace endure::actors
