// The node's log: where the facts of base/log.hpp go.
#pragma once

#include <string>

#include "base/log.hpp"
#include "base/result.hpp"

namespace endure {

struct LogConfig {
  Level level = Level::info;
  bool json = false;  // one object a line; else text
  std::string file;   // added to; empty: standard error
};

// Sets the process's log sink and level. Code::io where the file cannot be opened.
Result<void> open_log(const LogConfig& config);

// Back to plain text on standard error.
void close_log();

// One fact as a line of JSON: {"time": …, "level": …, "fact": …, then the fields}.
std::string to_json_line(const std::string& time, Level level, std::string_view fact,
                         std::span<const Field> fields);

}  // namespace endure
