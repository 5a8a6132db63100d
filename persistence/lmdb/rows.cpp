#include "persistence/lmdb/rows.hpp"

#include "persistence/field_record.hpp"
#include "persistence/lmdb/keys.hpp"

namespace endure::persistence::lmdb {

namespace {

constexpr std::uint8_t version = 2;  // of every record in this file; 1 knew no kept events

template <class Write>
std::string encode(Write write) {
  return encode_fields(version, std::move(write));
}

template <class T, class Read>
Result<T> decode(std::string_view bytes, T into, Read read) {
  return decode_fields(bytes, version, std::move(into), std::move(read));
}

}  // namespace

std::string encode_number(std::uint64_t number) {
  return encode([&](Fields& f) { f.natural(1, number); });
}

Result<std::uint64_t> decode_number(std::string_view bytes) {
  return decode(bytes, std::uint64_t{0}, [](Reader& r, std::uint64_t field, std::uint64_t& number) {
    if (field != 1) return r.unknown_field();
    number = r.natural();
  });
}

std::string encode_queue(const QueueState& state) {
  return encode([&](Fields& f) {
    f.flag(1, state.paused);
    f.natural(2, state.counts.ready);
    f.natural(3, state.counts.delayed);
    f.natural(4, state.counts.dead);
  });
}

Result<QueueState> decode_queue(std::string_view bytes) {
  return decode(bytes, QueueState(), [](Reader& r, std::uint64_t field, QueueState& state) {
    switch (field) {
      case 1: state.paused = r.flag(); break;
      case 2: state.counts.ready = r.natural(); break;
      case 3: state.counts.delayed = r.natural(); break;
      case 4: state.counts.dead = r.natural(); break;
      default: r.unknown_field();
    }
  });
}

std::string encode_parked(const Parked& parked) {
  return encode([&](Fields& f) {
    f.natural(1, static_cast<std::uint64_t>(parked.state));
    f.instant(2, parked.due);
  });
}

Result<Parked> decode_parked(std::string_view bytes) {
  Parked none;
  none.state = StepState::ready;
  auto parked = decode(bytes, none, [](Reader& r, std::uint64_t field, Parked& into) {
    switch (field) {
      case 1: into.state = r.enumerator(StepState::dead); break;
      case 2: into.due = r.instant(); break;
      default: r.unknown_field();
    }
  });
  if (parked && parked->state == StepState::ready) {
    return fail(Code::corrupt, "the record is damaged: a ready step is not parked");
  }
  return parked;
}

std::string encode_outbox(const OutboxRow& row) {
  return encode([&](Fields& f) {
    f.bytes(1, row.event);
    f.text(2, row.type);
    f.natural(3, row.resume_after);
    f.flag(4, row.any_done);
    f.flag(5, row.keep);
    f.instant(6, row.accepted);
    f.text(7, row.identity);
  });
}

Result<OutboxRow> decode_outbox(std::uint64_t sequence, std::string_view bytes) {
  OutboxRow row;
  row.sequence = sequence;
  return decode(bytes, std::move(row), [](Reader& r, std::uint64_t field, OutboxRow& into) {
    switch (field) {
      case 1: into.event = r.bytes(); break;
      case 2: into.type = r.text(); break;
      case 3: into.resume_after = r.natural(); break;
      case 4: into.any_done = r.flag(); break;
      case 5: into.keep = r.flag(); break;
      case 6: into.accepted = r.instant(); break;
      case 7: into.identity = r.text(); break;
      default: r.unknown_field();
    }
  });
}

std::string encode_kept(const KeptRow& row) {
  return encode([&](Fields& f) {
    f.bytes(1, row.event);
    f.text(2, row.type);
    f.instant(3, row.accepted);
    f.text(4, row.identity);
  });
}

Result<KeptRow> decode_kept(std::uint64_t sequence, std::string_view bytes) {
  KeptRow row;
  row.sequence = sequence;
  return decode(bytes, std::move(row), [](Reader& r, std::uint64_t field, KeptRow& into) {
    switch (field) {
      case 1: into.event = r.bytes(); break;
      case 2: into.type = r.text(); break;
      case 3: into.accepted = r.instant(); break;
      case 4: into.identity = r.text(); break;
      default: r.unknown_field();
    }
  });
}

std::string encode_sink_event(const SinkRow& row) {
  return encode([&](Fields& f) {
    f.bytes(1, row.event);
    f.natural(2, row.workflow);
    f.text(3, row.key.sink);
  });
}

Result<SinkRow> decode_sink_event(const SinkKey& key, std::string_view bytes) {
  SinkRow row;
  row.key.sequence = key.sequence;
  return decode(bytes, std::move(row), [](Reader& r, std::uint64_t field, SinkRow& into) {
    switch (field) {
      case 1: into.event = r.bytes(); break;
      case 2: into.workflow = r.natural(); break;
      case 3: into.key.sink = r.text(); break;
      default: r.unknown_field();
    }
  });
}

namespace {

workflow::ResolvedResources read_resources(Reader& reader) {
  const auto json = workflow::Json::parse(reader.text(), nullptr, false);
  workflow::ResolvedResources resources;
  if (!json.is_object()) {
    reader.fail("its resources are no JSON object");
    return resources;
  }
  for (const auto& [uri, text] : json.items()) {
    if (text.is_string()) {
      resources.emplace(uri, text.get<std::string>());
    } else {
      reader.fail("a resource is no text");
    }
  }
  return resources;
}

}  // namespace

std::string encode_definition(const DefinitionRow& row) {
  return encode([&](Fields& f) {
    f.text(1, row.source);
    f.instant(2, row.deployed);
    // Only where there are some: a record without them reads as it always did.
    if (!row.resources.empty()) f.text(3, workflow::Json(row.resources).dump());
  });
}

Result<DefinitionRow> decode_definition(const workflow::DefinitionRef& ref,
                                        std::string_view bytes) {
  DefinitionRow row;
  row.ref = ref;
  return decode(bytes, std::move(row), [](Reader& r, std::uint64_t field, DefinitionRow& into) {
    switch (field) {
      case 1: into.source = r.text(); break;
      case 2: into.deployed = r.instant(); break;
      case 3: into.resources = read_resources(r); break;
      default: r.unknown_field();
    }
  });
}

std::string encode_listener(const std::string& type) {
  if (index_text(type) == type) return {};
  return encode([&](Fields& f) { f.text(1, type); });
}

Result<std::string> decode_listener(const std::string& key_type, std::string_view bytes) {
  if (bytes.empty()) return key_type;
  return decode(bytes, std::string(), [](Reader& r, std::uint64_t field, std::string& type) {
    if (field != 1) return r.unknown_field();
    type = r.text();
  });
}

std::string encode_schedule(const ScheduleRow& row) {
  return encode([&](Fields& f) {
    f.text(1, row.version);
    f.natural(2, row.revision);
    f.flag(3, row.paused);
    f.instant(4, row.anchor);
    if (row.due) f.nested(5, [&](Fields& inner) { inner.instant(1, *row.due); });
    f.natural(6, row.running);
    f.list(7, row.queued, [](Fields& inner, Instant due) { inner.instant(1, due); });
    f.text(8, row.last_id);
    f.instant(9, row.last_due);
    f.instant(10, row.last_start);
    f.natural(11, row.started);
    f.natural(12, row.triggered);
    f.natural(13, row.skipped);
    f.natural(14, row.missed);
  });
}

Result<ScheduleRow> decode_schedule(const WorkflowName& key, std::string_view bytes) {
  const auto read_instant = [](Reader& r, Instant& into) {
    r.fields(
        [&](std::uint64_t field) { field == 1 ? void(into = r.instant()) : r.unknown_field(); });
  };
  ScheduleRow row;
  row.ns = key.ns;
  row.name = key.id;
  return decode(bytes, std::move(row), [&](Reader& r, std::uint64_t field, ScheduleRow& into) {
    switch (field) {
      case 1: into.version = r.text(); break;
      case 2: into.revision = r.natural(); break;
      case 3: into.paused = r.flag(); break;
      case 4: into.anchor = r.instant(); break;
      case 5: read_instant(r, into.due.emplace()); break;
      case 6: into.running = r.natural(); break;
      case 7: r.list(into.queued, [&](Instant& due) { read_instant(r, due); }); break;
      case 8: into.last_id = r.text(); break;
      case 9: into.last_due = r.instant(); break;
      case 10: into.last_start = r.instant(); break;
      case 11: into.started = r.natural(); break;
      case 12: into.triggered = r.natural(); break;
      case 13: into.skipped = r.natural(); break;
      case 14: into.missed = r.natural(); break;
      default: r.unknown_field();
    }
  });
}

std::string encode_trigger(const TriggerRow& row) {
  return encode([&](Fields& f) {
    f.bytes(1, row.event);
    f.list(2, row.filters, [](Fields& inner, std::uint32_t filter) { inner.natural(1, filter); });
  });
}

Result<TriggerRow> decode_trigger(const TriggerKey& key, std::string_view bytes) {
  TriggerRow row;
  row.ns = key.ns;
  row.name = key.name;
  row.sequence = key.sequence;
  return decode(bytes, std::move(row), [](Reader& r, std::uint64_t field, TriggerRow& into) {
    switch (field) {
      case 1: into.event = r.bytes(); break;
      case 2:
        r.list(into.filters, [&](std::uint32_t& filter) {
          r.fields([&](std::uint64_t inner) {
            inner == 1 ? void(filter = r.natural_as<std::uint32_t>()) : r.unknown_field();
          });
        });
        break;
      default: r.unknown_field();
    }
  });
}

}  // namespace endure::persistence::lmdb
