// The logging port: one line per noteworthy fact, written by anyone, shown by whoever set the sink.
// Without a sink, facts go to stderr as text. Any thread may call log() at any time.
//
//   log(Level::warning, "step redelivered", {{"workflow", id}, {"queue", queue}, {"attempt", 3}});
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace endure {

enum class Level : std::uint8_t { debug, info, warning, error };

std::string_view to_string(Level level);
// "debug", "info", "warning", "error"; false for anything else, `out` is then unchanged.
bool level_from(std::string_view text, Level& out);

// A named value of a fact. Numbers and truth values keep their kind, so that JSON logs carry them
// as such.
struct Field {
  enum class Kind : std::uint8_t { text, number, boolean };

  std::string_view key;
  std::string value;
  Kind kind = Kind::text;

  Field(std::string_view k, std::string v) : key(k), value(std::move(v)) {}
  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(v) {}
  Field(std::string_view k, bool v) : key(k), value(v ? "true" : "false"), kind(Kind::boolean) {}
  template <std::integral N>
  requires(!std::same_as<N, bool>) Field(std::string_view k, N v)
      : key(k), value(std::to_string(v)), kind(Kind::number) {}
  Field(std::string_view k, double v);
};

// Takes a fact at once; may be called from several threads at a time and must not throw. The views
// are valid during the call only.
using LogSink = std::function<void(Level, std::string_view fact, std::span<const Field> fields)>;

// Sets the process's sink; an empty one brings back the text on stderr. Facts logged meanwhile go
// to the old sink or the new one.
void set_log_sink(LogSink sink);
// Facts below this level are dropped before anything is built; default info.
void set_log_level(Level level);
bool log_enabled(Level level);

void log(Level level, std::string_view fact, std::initializer_list<Field> fields = {});
void log(Level level, std::string_view fact, std::span<const Field> fields);

// `fact key=value key="two words"`: the text form of a fact, without time and level.
std::string to_text(std::string_view fact, std::span<const Field> fields);

}  // namespace endure
