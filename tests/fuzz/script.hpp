// An input as a script: operations one after the other, each a byte and what it needs. Every input
// is a script; what is missing at its end is empty.
//
//   operation   1 byte: kind in the low four bits, argument in the high four
//   block       2 bytes length, highest first, then as many bytes as are there
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/log.hpp"

namespace endure::testing {

class ScriptReader {
 public:
  explicit ScriptReader(std::string_view bytes) : rest_(bytes) {}

  bool at_end() const { return rest_.empty(); }
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const auto first = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return first;
  }
  std::string_view block() {
    std::size_t size = byte();
    size = size << 8U | byte();
    const auto found = rest_.substr(0, size);
    rest_.remove_prefix(found.size());
    return found;
  }

 private:
  std::string_view rest_;
};

// Plays an input, and nothing is logged: `play.operation(script)` reads one operation and does it.
template <class Play>
void play_script(Play& play, const std::uint8_t* data, std::size_t size) {
  static const bool quiet = [] {
    set_log_sink([](Level, std::string_view, std::span<const Field>) {});
    return true;
  }();
  static_cast<void>(quiet);
  ScriptReader script({reinterpret_cast<const char*>(data), size});
  while (!script.at_end()) play.operation(script);
}

class ScriptWriter {
 public:
  ScriptWriter& operation(unsigned kind, unsigned argument = 0) {
    text_ += static_cast<char>(kind | argument << 4U);
    return *this;
  }
  ScriptWriter& block(std::string_view bytes) {
    text_ += static_cast<char>(bytes.size() >> 8U);
    text_ += static_cast<char>(bytes.size());
    text_ += bytes;
    return *this;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace endure::testing
