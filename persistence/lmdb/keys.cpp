#include "persistence/lmdb/keys.hpp"

#include <cstdio>
#include <cstring>

#include "persistence/lmdb/failure.hpp"

namespace endure::persistence::lmdb {

namespace {

// Space that the numbers behind the texts of any key need at most.
constexpr std::size_t numbers_bytes = 32;

std::string join(std::initializer_list<std::string> parts) {
  std::string text;
  for (const auto& part : parts) {
    if (!text.empty()) text += '/';
    text += part;
  }
  return text;
}

}  // namespace

KeyWriter& KeyWriter::text(std::string_view text) {
  if (text.size() + 1 > max_bytes - numbers_bytes - size_ ||
      text.find('\0') != std::string_view::npos) {
    throw Failed({Code::invalid, "a name is too long or holds a zero byte", {}});
  }
  std::memcpy(bytes_.data() + size_, text.data(), text.size());
  size_ += text.size();
  bytes_[size_++] = '\0';
  return *this;
}

std::uint64_t KeyReader::big_endian(std::size_t size) {
  if (rest_.size() < size) {
    ok_ = false;
    return 0;
  }
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < size; ++i) {
    number = (number << 8U) | static_cast<std::uint8_t>(rest_[i]);
  }
  rest_.remove_prefix(size);
  return number;
}

std::string KeyReader::text() {
  const auto end = rest_.find('\0');
  if (end == std::string_view::npos) {
    ok_ = false;
    return {};
  }
  std::string text(rest_.substr(0, end));
  rest_.remove_prefix(end + 1);
  return text;
}

std::string index_text(std::string_view text) {
  constexpr std::size_t longest = 200;
  constexpr std::size_t kept = 160;
  if (text.size() <= longest && text.find('\0') == std::string_view::npos) return std::string(text);
  std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<std::uint8_t>(c)) * 1099511628211ULL;
  char suffix[20];
  std::snprintf(suffix, sizeof suffix, "#%016llx", static_cast<unsigned long long>(hash));
  std::string out(text.substr(0, kept));
  for (char& c : out) {
    if (c == '\0') c = ' ';
  }
  return out + suffix;
}

// The order in which a braced initialiser is evaluated is the order of the fields.

WorkflowName NameKeys::read(KeyReader& in) {
  return Key{in.text(), in.text()};
}

RecordKey RecordKeys::read(KeyReader& in) {
  return Key{in.u64(), in.u64()};
}
std::string RecordKeys::show(Key key) {
  return join({std::to_string(key.workflow), std::to_string(key.record)});
}

ChannelKey ChannelKeys::read(KeyReader& in) {
  return Key{in.u32(), in.u32()};
}
std::string ChannelKeys::show(Key key) {
  return join({std::to_string(key.from), std::to_string(key.to)});
}

ShardEventsKey ShardEventsKeys::read(KeyReader& in) {
  const auto shard = in.u32();
  return Key{shard, static_cast<Key::Kind>(in.u8())};
}
std::string ShardEventsKeys::show(Key key) {
  return join({std::to_string(key.shard), key.kind == Key::Kind::had ? "had" : "late"});
}

RelayKey RelayKeys::read(KeyReader& in) {
  return Key{{in.u32(), in.u32()}, in.u64()};
}
std::string RelayKeys::show(Key key) {
  return join({std::to_string(key.channel.from), std::to_string(key.channel.to),
               std::to_string(key.sequence)});
}

void StepKeys::write(KeyWriter& out, const Key& key) {
  out.text(key.queue).u8(key.priority).instant(key.enqueued).u64(key.workflow).u32(key.wait);
}
StepKey StepKeys::read(KeyReader& in) {
  return Key{in.text(), in.u8(), in.instant(), in.u64(), in.u32()};
}
std::string StepKeys::show(const Key& key) {
  return join({key.queue, std::to_string(key.priority), std::to_string(key.enqueued.ms),
               std::to_string(key.workflow), std::to_string(key.wait)});
}

void DelayedKeys::write(KeyWriter& out, const Key& key) {
  out.text(key.step.queue).instant(key.due).u8(key.step.priority).instant(key.step.enqueued);
  out.u64(key.step.workflow).u32(key.step.wait);
}
DelayedKey DelayedKeys::read(KeyReader& in) {
  Key key;
  key.step.queue = in.text();
  key.due = in.instant();
  key.step.priority = in.u8();
  key.step.enqueued = in.instant();
  key.step.workflow = in.u64();
  key.step.wait = in.u32();
  return key;
}
std::string DelayedKeys::show(const Key& key) {
  return join({std::to_string(key.due.ms), StepKeys::show(key.step)});
}

void TimerKeys::write(KeyWriter& out, const Key& key) {
  out.instant(key.due).u64(key.workflow).u32(key.wait);
}
TimerKey TimerKeys::read(KeyReader& in) {
  return Key{in.instant(), in.u64(), in.u32()};
}
std::string TimerKeys::show(const Key& key) {
  return join({std::to_string(key.due.ms), std::to_string(key.workflow), std::to_string(key.wait)});
}

void ListenerKeys::write(KeyWriter& out, const Key& key) {
  out.text(key.type).u64(key.workflow).u32(key.wait);
}
ListenerKey ListenerKeys::read(KeyReader& in) {
  return Key{in.text(), in.u64(), in.u32()};
}
std::string ListenerKeys::show(const Key& key) {
  return join({key.type, std::to_string(key.workflow), std::to_string(key.wait)});
}

void PhaseKeys::write(KeyWriter& out, Key key) {
  out.u8(static_cast<std::uint8_t>(key.phase)).u64(key.workflow);
}
PhaseKey PhaseKeys::read(KeyReader& in) {
  return Key{static_cast<workflow::Phase>(in.u8()), in.u64()};
}
std::string PhaseKeys::show(Key key) {
  return join({std::to_string(static_cast<int>(key.phase)), std::to_string(key.workflow)});
}

StatusKey StatusKeys::read(KeyReader& in) {
  return Key{in.text(), in.u64()};
}
std::string StatusKeys::show(const Key& key) {
  return join({key.status, std::to_string(key.workflow)});
}

TypeKey TypeKeys::read(KeyReader& in) {
  return Key{in.text(), in.u64()};
}
std::string TypeKeys::show(const Key& key) {
  return join({key.type, std::to_string(key.sequence)});
}

SinkKey SinkKeys::read(KeyReader& in) {
  return Key{in.text(), in.u64()};
}
std::string SinkKeys::show(const Key& key) {
  return join({key.sink, std::to_string(key.sequence)});
}

EndedKey EndedKeys::read(KeyReader& in) {
  return Key{in.instant(), in.u64()};
}
std::string EndedKeys::show(Key key) {
  return join({std::to_string(key.updated.ms), std::to_string(key.workflow)});
}

void DefinitionKeys::write(KeyWriter& out, const Key& key) {
  out.text(key.ns).text(key.name).text(key.version);
}
workflow::DefinitionRef DefinitionKeys::read(KeyReader& in) {
  return Key{in.text(), in.text(), in.text()};
}
std::string DefinitionKeys::show(const Key& key) {
  return key.ns + "/" + key.name + ":" + key.version;
}

TriggerKey TriggerKeys::read(KeyReader& in) {
  return Key{in.text(), in.text(), in.u64()};
}
std::string TriggerKeys::show(const Key& key) {
  return join({key.ns, key.name, std::to_string(key.sequence)});
}

}  // namespace endure::persistence::lmdb
