#include "base/log.hpp"

#include <atomic>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>
#include <mutex>
#include <utility>

#include "base/instant.hpp"

namespace endure {
namespace {

std::atomic<Level> g_level{Level::info};

struct SinkHolder {
  std::mutex mutex;
  std::shared_ptr<const LogSink> sink;
};

SinkHolder& holder() {
  // Never destroyed: threads that outlive main() may still log.
  static auto* instance = new SinkHolder;
  return *instance;
}

std::shared_ptr<const LogSink> current_sink() {
  SinkHolder& h = holder();
  const std::lock_guard lock(h.mutex);
  return h.sink;
}

bool needs_quotes(std::string_view value) {
  if (value.empty()) return true;
  for (const char c : value) {
    const auto u = static_cast<unsigned char>(c);
    if (u <= ' ' || c == '"' || c == '=' || c == '\\' || u == 0x7f) return true;
  }
  return false;
}

// A fact is one line whatever its values hold: control characters are escaped.
void append_quoted(std::string& out, std::string_view value) {
  static constexpr char hex[] = "0123456789abcdef";
  out += '"';
  for (const char c : value) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (u < ' ' || u == 0x7f) {
      out += "\\x";
      out += hex[u >> 4U];
      out += hex[u & 0xfU];
    } else {
      out += c;
    }
  }
  out += '"';
}

void write_stderr(Level level, std::string_view fact, std::span<const Field> fields) {
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  std::string line =
      to_rfc3339({std::chrono::duration_cast<std::chrono::milliseconds>(wall).count()});
  line += ' ';
  line += to_string(level);
  line += ' ';
  line += to_text(fact, fields);
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace

Field::Field(std::string_view k, double v) : key(k), kind(Kind::number) {
  if (!std::isfinite(v)) {  // JSON has no such number
    kind = Kind::text;
    value = std::to_string(v);
    return;
  }
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, v).ptr;
  value.assign(buffer, end);
}

std::string_view to_string(Level level) {
  switch (level) {
    case Level::debug: return "debug";
    case Level::info: return "info";
    case Level::warning: return "warning";
    case Level::error: return "error";
  }
  return "unknown";
}

bool level_from(std::string_view text, Level& out) {
  for (const Level level : {Level::debug, Level::info, Level::warning, Level::error}) {
    if (text == to_string(level)) {
      out = level;
      return true;
    }
  }
  return false;
}

void set_log_sink(LogSink sink) {
  auto next = sink ? std::make_shared<const LogSink>(std::move(sink)) : nullptr;
  SinkHolder& h = holder();
  const std::lock_guard lock(h.mutex);
  h.sink.swap(next);
}

void set_log_level(Level level) {
  g_level.store(level, std::memory_order_relaxed);
}

bool log_enabled(Level level) {
  return level >= g_level.load(std::memory_order_relaxed);
}

void log(Level level, std::string_view fact, std::initializer_list<Field> fields) {
  log(level, fact, std::span<const Field>(fields.begin(), fields.size()));
}

void log(Level level, std::string_view fact, std::span<const Field> fields) {
  if (!log_enabled(level)) return;
  if (const auto sink = current_sink()) {
    (*sink)(level, fact, fields);
  } else {
    write_stderr(level, fact, fields);
  }
}

std::string to_text(std::string_view fact, std::span<const Field> fields) {
  std::string out(fact);
  for (const Field& field : fields) {
    out += ' ';
    out += field.key;
    out += '=';
    if (needs_quotes(field.value)) {
      append_quoted(out, field.value);
    } else {
      out += field.value;
    }
  }
  return out;
}

}  // namespace endure
