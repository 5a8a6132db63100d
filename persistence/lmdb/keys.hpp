// Keys as bytes whose order is the order of the rows: fixed-width numbers with their highest byte
// first, times with their sign turned over, texts ended by a zero byte.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "persistence/cluster_records.hpp"
#include "persistence/records.hpp"
#include "workflow/snapshot.hpp"

namespace endure::persistence::lmdb {

class KeyWriter {
 public:
  static constexpr std::size_t max_bytes = 511;  // LMDB's limit

  KeyWriter& u8(std::uint8_t number) { return big_endian(number, 1); }
  KeyWriter& u32(std::uint32_t number) { return big_endian(number, 4); }
  KeyWriter& u64(std::uint64_t number) { return big_endian(number, 8); }
  KeyWriter& instant(Instant t) {
    return big_endian(static_cast<std::uint64_t>(t.ms) ^ (1ULL << 63U), 8);
  }
  // Throws Failed (Code::invalid) where the text holds a zero byte or does not fit.
  KeyWriter& text(std::string_view text);

  std::string_view bytes() const { return {bytes_.data(), size_}; }

 private:
  KeyWriter& big_endian(std::uint64_t number, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
      bytes_[size_++] = static_cast<char>(number >> (8 * (size - 1 - i)));
    }
    return *this;
  }

  std::array<char, max_bytes + 1> bytes_;
  std::size_t size_ = 0;
};

// Reads what KeyWriter writes; ok() is false once something did not fit.
class KeyReader {
 public:
  explicit KeyReader(std::string_view bytes) : rest_(bytes) {}

  std::uint8_t u8() { return static_cast<std::uint8_t>(big_endian(1)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(big_endian(4)); }
  std::uint64_t u64() { return big_endian(8); }
  Instant instant() { return {static_cast<std::int64_t>(big_endian(8) ^ (1ULL << 63U))}; }
  std::string text();

  bool whole() const { return ok_ && rest_.empty(); }

 private:
  std::uint64_t big_endian(std::size_t size);

  std::string_view rest_;
  bool ok_ = true;
};

// A free text as part of a key: itself where it is short, else its start and a hash of all of it.
// Whoever finds a row by it must still compare the whole text.
std::string index_text(std::string_view text);

// -- one codec a kind of key: the key, its writer, its reader, its text for people ------------

struct NumberKeys {  // a workflow, or a sequence
  using Key = std::uint64_t;
  static void write(KeyWriter& out, Key key) { out.u64(key); }
  static Key read(KeyReader& in) { return in.u64(); }
  static std::string show(Key key) { return std::to_string(key); }
};

struct TextKeys {  // a queue, or a name of the meta table
  using Key = std::string;
  static void write(KeyWriter& out, const Key& key) { out.text(key); }
  static Key read(KeyReader& in) { return in.text(); }
  static std::string show(const Key& key) { return key; }
};

struct NameKeys {
  using Key = WorkflowName;
  static void write(KeyWriter& out, const Key& key) { out.text(key.ns).text(key.id); }
  static Key read(KeyReader& in);
  static std::string show(const Key& key) { return key.ns + "/" + key.id; }
};

struct RecordKey {  // the second number is a transition or a sequence
  WorkflowNumber workflow = 0;
  std::uint64_t record = 0;
};

struct RecordKeys {
  using Key = RecordKey;
  static void write(KeyWriter& out, Key key) { out.u64(key.workflow).u64(key.record); }
  static Key read(KeyReader& in);
  static std::string show(Key key);
};

struct ShardKeys {
  using Key = Shard;
  static void write(KeyWriter& out, Key key) { out.u32(key); }
  static Key read(KeyReader& in) { return in.u32(); }
  static std::string show(Key key) { return std::to_string(key); }
};

struct ChannelKeys {
  using Key = ChannelKey;
  static void write(KeyWriter& out, Key key) { out.u32(key.from).u32(key.to); }
  static Key read(KeyReader& in);
  static std::string show(Key key);
};

// Events that the schedules of a shard have had, or have still to be offered.
struct ShardEventsKey {
  enum class Kind : std::uint8_t { had = 1, late = 2 };
  Shard shard = 0;
  Kind kind = Kind::had;
};

struct ShardEventsKeys {
  using Key = ShardEventsKey;
  static void write(KeyWriter& out, Key key) {
    out.u32(key.shard).u8(static_cast<std::uint8_t>(key.kind));
  }
  static Key read(KeyReader& in);
  static std::string show(Key key);
};

struct RelayKey {
  ChannelKey channel;
  std::uint64_t sequence = 0;
};

struct RelayKeys {
  using Key = RelayKey;
  static void write(KeyWriter& out, Key key) {
    out.u32(key.channel.from).u32(key.channel.to).u64(key.sequence);
  }
  static Key read(KeyReader& in);
  static std::string show(Key key);
};

struct StepKeys {
  using Key = StepKey;
  static void write(KeyWriter& out, const Key& key);
  static Key read(KeyReader& in);
  static std::string show(const Key& key);
};

struct DelayedKey {
  Instant due;
  StepKey step;
};

struct DelayedKeys {
  using Key = DelayedKey;
  static void write(KeyWriter& out, const Key& key);
  static Key read(KeyReader& in);
  static std::string show(const Key& key);
};

struct TimerKeys {
  using Key = TimerKey;
  static void write(KeyWriter& out, const Key& key);
  static Key read(KeyReader& in);
  static std::string show(const Key& key);
};

struct ListenerKeys {  // the type as index_text()
  using Key = ListenerKey;
  static void write(KeyWriter& out, const Key& key);
  static Key read(KeyReader& in);
  static std::string show(const Key& key);
};

struct PhaseKey {
  workflow::Phase phase = workflow::Phase::pending;
  WorkflowNumber workflow = 0;
};

struct PhaseKeys {
  using Key = PhaseKey;
  static void write(KeyWriter& out, Key key);
  static Key read(KeyReader& in);
  static std::string show(Key key);
};

struct StatusKey {
  std::string status;  // index_text()
  WorkflowNumber workflow = 0;
};

struct StatusKeys {
  using Key = StatusKey;
  static void write(KeyWriter& out, const Key& key) { out.text(key.status).u64(key.workflow); }
  static Key read(KeyReader& in);
  static std::string show(const Key& key);
};

struct TypeKey {
  std::string type;  // index_text()
  std::uint64_t sequence = 0;
};

struct TypeKeys {
  using Key = TypeKey;
  static void write(KeyWriter& out, const Key& key) { out.text(key.type).u64(key.sequence); }
  static Key read(KeyReader& in);
  static std::string show(const Key& key);
};

struct SinkKeys {  // the URL as index_text()
  using Key = SinkKey;
  static void write(KeyWriter& out, const Key& key) { out.text(key.sink).u64(key.sequence); }
  static Key read(KeyReader& in);
  static std::string show(const Key& key);
};

struct EndedKey {
  Instant updated;
  WorkflowNumber workflow = 0;
};

struct EndedKeys {
  using Key = EndedKey;
  static void write(KeyWriter& out, Key key) { out.instant(key.updated).u64(key.workflow); }
  static Key read(KeyReader& in);
  static std::string show(Key key);
};

struct DefinitionKeys {
  using Key = workflow::DefinitionRef;
  static void write(KeyWriter& out, const Key& key);
  static Key read(KeyReader& in);
  static std::string show(const Key& key);
};

struct TriggerKey {
  std::string ns;
  std::string name;
  std::uint64_t sequence = 0;
};

struct TriggerKeys {
  using Key = TriggerKey;
  static void write(KeyWriter& out, const Key& key) {
    out.text(key.ns).text(key.name).u64(key.sequence);
  }
  static Key read(KeyReader& in);
  static std::string show(const Key& key);
};

}  // namespace endure::persistence::lmdb
