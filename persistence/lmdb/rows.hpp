// The values of the small tables as bytes, each in an envelope.
// decode_* fail as those of codec.hpp do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "persistence/lmdb/keys.hpp"
#include "persistence/records.hpp"

namespace endure::persistence::lmdb {

struct QueueState {
  bool paused = false;
  QueueCounts counts;

  bool operator==(const QueueState&) const = default;
};

// Where a step lies that is not ready.
struct Parked {
  StepState state = StepState::delayed;  // delayed or dead
  Instant due;                           // delayed: part of its key
};

std::string encode_number(std::uint64_t number);
Result<std::uint64_t> decode_number(std::string_view bytes);

std::string encode_queue(const QueueState& state);
Result<QueueState> decode_queue(std::string_view bytes);

std::string encode_parked(const Parked& parked);
Result<Parked> decode_parked(std::string_view bytes);

std::string encode_outbox(const OutboxRow& row);
Result<OutboxRow> decode_outbox(std::uint64_t sequence, std::string_view bytes);

std::string encode_kept(const KeptRow& row);
Result<KeptRow> decode_kept(std::uint64_t sequence, std::string_view bytes);

std::string encode_sink_event(const SinkRow& row);
Result<SinkRow> decode_sink_event(const SinkKey& key, std::string_view bytes);

std::string encode_definition(const DefinitionRow& row);
Result<DefinitionRow> decode_definition(const workflow::DefinitionRef& ref, std::string_view bytes);

// The type of a listener whose key holds only the start of it; empty where the key holds all of it.
std::string encode_listener(const std::string& type);
Result<std::string> decode_listener(const std::string& key_type, std::string_view bytes);

std::string encode_schedule(const ScheduleRow& row);
Result<ScheduleRow> decode_schedule(const WorkflowName& key, std::string_view bytes);

std::string encode_trigger(const TriggerRow& row);
Result<TriggerRow> decode_trigger(const TriggerKey& key, std::string_view bytes);

}  // namespace endure::persistence::lmdb
