#include "base/fault_point.hpp"

#ifdef ENDURE_FAULT_POINTS

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>

namespace endure {

namespace {

// NAME or NAME:NUMBER from the environment.
struct Plan {
  std::string name;
  long number = 1;
  std::atomic<long> passes{0};

  explicit Plan(const char* variable) {
    const char* text = std::getenv(variable);
    if (text == nullptr) return;
    name = text;
    const auto colon = name.rfind(':');
    if (colon == std::string::npos) return;
    number = std::max(1L, std::strtol(name.c_str() + colon + 1, nullptr, 10));
    name.resize(colon);
  }

  // Which pass this is; 0: another point is meant.
  long pass(const char* point) {
    return name.empty() || name != point ? 0 : passes.fetch_add(1) + 1;
  }
};

}  // namespace

void pass_fault_point(const char* name) {
  static Plan crash("ENDURE_CRASH_AT");
  static Plan thrown("ENDURE_THROW_AT");
  if (crash.pass(name) == crash.number) ::kill(::getpid(), SIGKILL);
  const long pass = thrown.pass(name);
  if (pass > 0 && pass % thrown.number == 0) {
    throw std::runtime_error("thrown at " + std::string(name));
  }
}

}  // namespace endure

#endif
