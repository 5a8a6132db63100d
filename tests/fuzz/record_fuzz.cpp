// Any bytes as a stored record or key (see record_kinds.hpp). It must be refused with a sentence,
// or give a value that is encoded to something that decodes to the same.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "persistence/codec.hpp"
#include "persistence/envelope.hpp"
#include "persistence/lmdb/failure.hpp"
#include "persistence/lmdb/rows.hpp"
#include "persistence/snapshot_head.hpp"
#include "tests/fuzz/record_kinds.hpp"
#include "tests/fuzz/require.hpp"

namespace {

using namespace endure;
using namespace endure::persistence;
using namespace endure::persistence::lmdb;
using namespace endure::testing;

void check_error(const Error& error) {
  require(error.code == Code::corrupt || error.code == Code::invalid, "an error of another kind",
          error.what);
  require(!error.what.empty(), "refused without a sentence");
}

// Values stay bytes until somebody asks.
void look_into(const workflow::Value& value) {
  static_cast<void>(value.json());
}

template <class Decode, class Encode, class Look>
void check_record(std::string_view record, Decode decode, Encode encode, Look look) {
  auto value = decode(record);
  if (!value) return check_error(value.error());
  look(*value);
  const std::string written = encode(*value);
  const auto again = decode(written);
  require(again.has_value(), "a record cannot be read that was just written", InHex{written});
  require(encode(*again) == written, "a record changed as it was written", InHex{written});
}

template <class Decode, class Encode>
void check_record(std::string_view record, Decode decode, Encode encode) {
  check_record(record, decode, encode, [](const auto&) {});
}

// -- records --------------------------------------------------------------------

void check_snapshot(std::string_view record) {
  check_record(record, decode_snapshot, encode_snapshot, [&](const workflow::Snapshot& snapshot) {
    look_into(snapshot.input);
    look_into(snapshot.context);
    look_into(snapshot.output);
    const auto summary = decode_summary(record);
    require(summary.has_value(), "a snapshot without a summary", InHex{record});
    require(summary->name == snapshot.name && summary->transition == snapshot.transition &&
                summary->phase == snapshot.phase && summary->updated == snapshot.updated &&
                summary->parent == snapshot.parent,
            "a summary that differs from its snapshot", InHex{record});
    const auto head = peek_snapshot(record);
    require(!head || (head->transition == snapshot.transition && head->phase == snapshot.phase),
            "the head of a snapshot differs from it", InHex{record});
  });
  if (const auto summary = decode_summary(record); !summary) check_error(summary.error());
}

void check_event(std::string_view record) {
  check_record(record, decode_event, encode_event, [](const workflow::Event& event) {
    require(!event_kind(event).empty(), "an event of no kind");
    if (const auto* received = std::get_if<workflow::EventReceived>(&event)) {
      look_into(received->event);
    }
  });
}

void check_history(std::string_view record) {
  check_record(record, decode_history, encode_history, [](const HistoryRecord& history) {
    for (const auto& entry : history.entries) look_into(entry.data);
  });
}

// A value has no envelope, and is what workers send: its texts must be UTF-8, its depth bounded.
void check_value(std::string_view bytes) {
  const auto value = decode_value(bytes);
  if (!value) return check_error(value.error());
  require(encode_value(*value) == bytes, "a value changed", InHex{bytes});
  const auto text = value->json().dump();  // throws where a text is no UTF-8
  const auto again = decode_value(encode_value(workflow::Value(workflow::Json(value->json()))));
  require(again.has_value(), "a value cannot be read that was just written", text);
  require(again->json() == value->json(), "a value changed as it was written", text);
}

void check_listener(std::string_view record) {
  const auto type = decode_listener("type", record);
  if (!type) return check_error(type.error());
  const auto again = decode_listener(index_text(*type), encode_listener(*type));
  require(again.has_value() && *again == *type, "a listener's type changed", *type);
}

// -- keys -----------------------------------------------------------------------

template <class Keys>
void check_key(std::string_view bytes) {
  KeyReader in(bytes);
  const auto key = Keys::read(in);
  if (!in.whole()) return;
  static_cast<void>(Keys::show(key));
  try {
    KeyWriter out;
    Keys::write(out, key);
    require(out.bytes() == bytes, "a key changed", InHex{bytes});
  } catch (const Failed& failed) {  // a text that is too long to have been written
    check_error(failed.error());
  }
}

void check_keys(unsigned kind, std::string_view bytes) {
  if (bytes.size() > KeyWriter::max_bytes) return;
  constexpr std::array checks = {
      check_key<NumberKeys>, check_key<TextKeys>,       check_key<NameKeys>,
      check_key<RecordKeys>, check_key<StepKeys>,       check_key<DelayedKeys>,
      check_key<TimerKeys>,  check_key<ListenerKeys>,   check_key<PhaseKeys>,
      check_key<StatusKeys>, check_key<TypeKeys>,       check_key<SinkKeys>,
      check_key<EndedKeys>,  check_key<DefinitionKeys>, check_key<TriggerKeys>};
  checks[kind % checks.size()](bytes);
}

// -- rows of the small tables: what stands in their keys is given ----------------------

void check_row(RecordKind kind, std::string_view record) {
  switch (kind) {
    case RecordKind::step:
      return check_record(
          record,
          [](std::string_view bytes) {
            return decode_step({"enrich", 5, {1}, 2, 3}, bytes);
          },
          encode_step);
    case RecordKind::number: return check_record(record, decode_number, encode_number);
    case RecordKind::queue: return check_record(record, decode_queue, encode_queue);
    case RecordKind::parked: return check_record(record, decode_parked, encode_parked);
    case RecordKind::outbox:
      return check_record(
          record, [](std::string_view bytes) { return decode_outbox(7, bytes); }, encode_outbox);
    case RecordKind::kept:
      return check_record(
          record, [](std::string_view bytes) { return decode_kept(7, bytes); }, encode_kept);
    case RecordKind::sink_event:
      return check_record(
          record,
          [](std::string_view bytes) {
            return decode_sink_event({"sink", 7}, bytes);
          },
          encode_sink_event);
    case RecordKind::definition:
      return check_record(
          record,
          [](std::string_view bytes) {
            return decode_definition({"test", "d", "1.0.0"}, bytes);
          },
          encode_definition);
    case RecordKind::schedule:
      return check_record(
          record,
          [](std::string_view bytes) {
            return decode_schedule({"test", "d"}, bytes);
          },
          encode_schedule);
    case RecordKind::trigger:
      return check_record(
          record,
          [](std::string_view bytes) {
            return decode_trigger({"test", "d", 7}, bytes);
          },
          encode_trigger);
    default: return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto kind =
      static_cast<RecordKind>((data[0] & 0x7FU) % static_cast<unsigned>(RecordKind::count));
  if (kind == RecordKind::key) {
    check_keys(data[1], input.substr(2));
    return 0;
  }
  if (kind == RecordKind::value) {
    check_value(input.substr(2));
    return 0;
  }
  std::string record;
  if ((data[0] & as_it_is) != 0) {
    record = input.substr(1);
  } else {
    record = std::string(envelope_bytes, '\0');
    record += input.substr(2);
    seal(record, data[1]);
  }
  switch (kind) {
    case RecordKind::snapshot: check_snapshot(record); break;
    case RecordKind::history: check_history(record); break;
    case RecordKind::event: check_event(record); break;
    case RecordKind::listener: check_listener(record); break;
    default: check_row(kind, record);
  }
  return 0;
}
