// Durations and sizes as people write them: `250ms`, `30s`, `5m`, `2h`, `30d`, `1h30m`; `64MiB`.
// Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace endure::config {

// Whole numbers with a unit (ms, s, m, h, d), several of them added up; a bare 0 needs none.
// Milliseconds, or Code::invalid with what is allowed.
Result<std::int64_t> duration_from(std::string_view text);
// The shortest text that duration_from() reads back: 90'000 is "90s", 86'400'000 is "1d".
std::string duration_text(std::int64_t ms);

// A whole number with a unit (B, KiB, MiB, GiB, TiB); without one it means bytes.
// Bytes, or Code::invalid with what is allowed.
Result<std::uint64_t> size_from(std::string_view text);
// The text with the largest unit that divides `bytes`: 67'108'864 is "64MiB".
std::string size_text(std::uint64_t bytes);

}  // namespace endure::config
