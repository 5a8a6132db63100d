// What the exit codes of `endure` mean (docs/cli.md lists them for users).
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace endure::cli {

enum ExitCode : int {
  exit_ok = 0,
  exit_error = 1,         // something failed: the disk, the node, an answer that makes no sense
  exit_usage = 2,         // the command line, or what it was given to work on, is wrong
  exit_not_found = 3,     // the named thing does not exist
  exit_conflict = 4,      // it exists already, or its state forbids this
  exit_unreachable = 5,   // no node answers
  exit_retry_later = 6,   // a passing condition or a timeout; the same command may succeed later
  exit_findings = 7,      // doctor or verify found something that needs attention
  exit_not_completed = 8  // the workflow that was waited for ended in another way than completing
};

constexpr ExitCode exit_code_of(Code code) {
  switch (code) {
    case Code::not_found: return exit_not_found;
    case Code::conflict: return exit_conflict;
    case Code::invalid: return exit_usage;
    case Code::retry_later:
    case Code::full: return exit_retry_later;
    case Code::corrupt:
    case Code::io: return exit_error;
  }
  return exit_error;
}

// Of the `code` member of the API's problem documents.
ExitCode exit_code_of(std::string_view code);

}  // namespace endure::cli
