#include "runtime/cli/exit_code.hpp"

namespace endure::cli {

ExitCode exit_code_of(std::string_view code) {
  for (const Code known : {Code::not_found, Code::conflict, Code::invalid, Code::retry_later,
                           Code::full, Code::corrupt, Code::io}) {
    if (code == to_string(known)) return exit_code_of(known);
  }
  return code == "too_large" ? exit_usage : exit_error;
}

}  // namespace endure::cli
