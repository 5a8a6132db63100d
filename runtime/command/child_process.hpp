// Runs a program: bytes in on its stdin, bytes out of its stdout, the tail of its stderr.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace endure {

struct ChildCommand {
  std::vector<std::string> argv;         // argv[0] is looked up in PATH
  std::vector<std::string> environment;  // "NAME=value", over this process's own
  std::string input;
  std::size_t max_output_bytes = 1024 * 1024;
  std::size_t max_error_bytes = 4'096;  // of stderr, its last ones
  std::int64_t time_limit_ms = 0;       // 0: none
  // Under a supervisor (see supervisor.hpp): all that descends from the program ends with it, and
  // with this process. argv[0] must then be a path, `environment` is all that the program sees, and
  // of stderr everything is kept: more than max_error_bytes ends the program.
  bool supervised = false;
  std::string folder;  // where a supervised program runs; empty: here
};

struct ChildEnd {
  enum class How : std::uint8_t {
    exited,     // see `code`
    signalled,  // see `code`
    timed_out,  // these three were killed
    too_much_output,
    cancelled,
  };
  How how = How::exited;
  int code = 0;  // the exit code, or the signal's number
  std::string output;
  std::string error_tail;  // all of stderr, of a supervised one
};

// Blocks until the program has ended. It runs in a process group of its own, which is killed as a
// whole at the time limit, when it writes too much, and when `cancelled` says so (asked every
// 100 ms at least). What a child of the program writes after the program's end is not waited for.
// Code::not_found: there is no such program; Code::io: it could not be started. Any thread.
Result<ChildEnd> run_child(const ChildCommand& command, const std::function<bool()>& cancelled,
                           Clock& clock);

}  // namespace endure
