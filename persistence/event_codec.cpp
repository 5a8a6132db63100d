// Events, as they lie in a workflow's mailbox: the kind's number, then its fields.
#include <array>
#include <type_traits>

#include "persistence/codec.hpp"
#include "persistence/envelope.hpp"
#include "persistence/fault_codec.hpp"

namespace endure::persistence {

using namespace workflow;  // NOLINT: this file is about nothing else

namespace {

constexpr std::uint8_t event_version = 2;

// By the alternative's place in Event, which is also its number in the record: new kinds go last.
constexpr std::array<std::string_view, std::variant_size_v<Event>> kinds = {
    "started",          "step_completed",   "step_failed",         "timer_fired",
    "event_received",   "cancel_requested", "terminate_requested", "pause_requested",
    "resume_requested", "step_redriven",    "step_dropped",        "crashed",
    "child_ended",      "events_offered"};

// -- writing --

void write(Fields& f, const Started& e) {
  f.value(1, e.input);
}
void write(Fields& f, const StepCompleted& e) {
  f.natural(1, e.wait);
  f.value(2, e.result);
  f.natural(3, e.attempt, 1);
  f.text(4, e.worker);
}
void write(Fields& f, const StepFailed& e) {
  f.natural(1, e.wait);
  f.nested(2, [&](Fields& inner) { write_fault(inner, e.fault); });
  f.flag(3, e.exhausted);
  f.natural(4, e.attempt, 1);
  f.text(5, e.worker);
}
void write(Fields& f, const TimerFired& e) {
  f.natural(1, e.wait);
}
void write(Fields& f, const EventReceived& e) {
  f.value(1, e.event);
  f.flag(2, e.addressed);
  f.natural(3, e.published);
  f.list(4, e.queued_for, [](Fields& inner, WaitId wait) { inner.natural(1, wait); });
}
void write(Fields& f, const CancelRequested& e) {
  f.text(1, e.reason);
}
void write(Fields& f, const TerminateRequested& e) {
  f.text(1, e.reason);
}
void write(Fields& f, const PauseRequested& e) {
  f.text(1, e.reason);
}
void write(Fields& f, const ResumeRequested& e) {
  f.text(1, e.reason);
}
void write(Fields& f, const StepRedriven& e) {
  f.natural(1, e.wait);
}
void write(Fields& f, const StepDropped& e) {
  f.natural(1, e.wait);
  f.nested(2, [&](Fields& inner) { write_fault(inner, e.fault); });
}
void write(Fields& f, const Crashed& e) {
  f.text(1, e.cause);
}
void write(Fields& f, const ChildEnded& e) {
  f.natural(1, e.wait);
  f.text(2, e.child);
  f.value(3, e.output);
  if (e.fault) f.nested(4, [&](Fields& inner) { write_fault(inner, *e.fault); });
}

void write(Fields& f, const EventsOffered& e) {
  f.list(1, e.offers, [](Fields& inner, const EventsOffered::Offer& offer) {
    inner.natural(1, offer.published);
    inner.natural(2, offer.message);
    inner.value(3, offer.event);
  });
}

// -- reading: one field of an event --

void read(Reader& r, std::uint64_t field, Started& e) {
  if (field == 1)
    e.input = r.value();
  else
    r.unknown_field();
}
void read(Reader& r, std::uint64_t field, StepCompleted& e) {
  switch (field) {
    case 1: e.wait = r.natural_as<WaitId>(); break;
    case 2: e.result = r.value(); break;
    case 3: e.attempt = r.natural_as<std::uint32_t>(); break;
    case 4: e.worker = r.text(); break;
    default: r.unknown_field();
  }
}
void read(Reader& r, std::uint64_t field, StepFailed& e) {
  switch (field) {
    case 1: e.wait = r.natural_as<WaitId>(); break;
    case 2: e.fault = read_fault(r); break;
    case 3: e.exhausted = r.flag(); break;
    case 4: e.attempt = r.natural_as<std::uint32_t>(); break;
    case 5: e.worker = r.text(); break;
    default: r.unknown_field();
  }
}
void read(Reader& r, std::uint64_t field, TimerFired& e) {
  if (field == 1)
    e.wait = r.natural_as<WaitId>();
  else
    r.unknown_field();
}
void read(Reader& r, std::uint64_t field, EventReceived& e) {
  switch (field) {
    case 1: e.event = r.value(); break;
    case 2: e.addressed = r.flag(); break;
    case 3: e.published = r.natural(); break;
    case 4:
      r.list(e.queued_for, [&](WaitId& wait) {
        r.fields([&](std::uint64_t one) {
          if (one != 1) return r.unknown_field();
          wait = r.natural_as<WaitId>();
        });
      });
      break;
    default: r.unknown_field();
  }
}
template <class Request>
void read_reason(Reader& r, std::uint64_t field, Request& e) {
  if (field == 1)
    e.reason = r.text();
  else
    r.unknown_field();
}
void read(Reader& r, std::uint64_t field, CancelRequested& e) {
  read_reason(r, field, e);
}
void read(Reader& r, std::uint64_t field, TerminateRequested& e) {
  read_reason(r, field, e);
}
void read(Reader& r, std::uint64_t field, PauseRequested& e) {
  read_reason(r, field, e);
}
void read(Reader& r, std::uint64_t field, ResumeRequested& e) {
  read_reason(r, field, e);
}
void read(Reader& r, std::uint64_t field, StepRedriven& e) {
  if (field == 1)
    e.wait = r.natural_as<WaitId>();
  else
    r.unknown_field();
}
void read(Reader& r, std::uint64_t field, StepDropped& e) {
  switch (field) {
    case 1: e.wait = r.natural_as<WaitId>(); break;
    case 2: e.fault = read_fault(r); break;
    default: r.unknown_field();
  }
}
void read(Reader& r, std::uint64_t field, Crashed& e) {
  if (field == 1)
    e.cause = r.text();
  else
    r.unknown_field();
}

void read(Reader& r, std::uint64_t field, ChildEnded& e) {
  switch (field) {
    case 1: e.wait = r.natural_as<WaitId>(); break;
    case 2: e.child = r.text(); break;
    case 3: e.output = r.value(); break;
    case 4: e.fault = read_fault(r); break;
    default: r.unknown_field();
  }
}

void read_offer(Reader& r, EventsOffered::Offer& offer) {
  r.fields([&](std::uint64_t field) {
    switch (field) {
      case 1: offer.published = r.natural(); break;
      case 2: offer.message = r.natural(); break;
      case 3: offer.event = r.value(); break;
      default: r.unknown_field();
    }
  });
}
void read(Reader& r, std::uint64_t field, EventsOffered& e) {
  if (field != 1) return r.unknown_field();
  r.list(e.offers, [&](EventsOffered::Offer& offer) { read_offer(r, offer); });
}

// Makes the alternative number `kind`.
template <std::size_t... I>
Event event_of(std::size_t kind, std::index_sequence<I...>) {
  Event event;
  ((I == kind ? static_cast<void>(event.emplace<I>()) : void()), ...);
  return event;
}

}  // namespace

std::string_view event_kind(const Event& event) {
  return kinds.at(event.index());
}

std::string encode_event(const Event& event) {
  std::string record(envelope_bytes, '\0');
  Writer writer(record);
  writer.natural(event.index());
  std::visit(
      [&](const auto& e) {
        Fields fields(writer);
        write(fields, e);
      },
      event);
  seal(record, event_version);
  return record;
}

Result<Event> decode_event(std::string_view bytes) {
  const auto payload = unseal(bytes, event_version);
  if (!payload) return Failure(payload.error());
  Reader reader(*payload);
  const auto kind = reader.natural_up_to(kinds.size() - 1);
  auto event = event_of(kind, std::make_index_sequence<kinds.size()>());
  std::visit([&](auto& e) { reader.fields([&](std::uint64_t field) { read(reader, field, e); }); },
             event);
  return reader.finish(std::move(event));
}

}  // namespace endure::persistence
