#include "base/fault_point.hpp"

#ifdef ENDURE_FAULT_POINTS

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

namespace endure {

namespace {

// NAME or NAME:NUMBER.
struct Plan {
  std::string name;
  long number = 1;
  std::atomic<long> passes{0};

  explicit Plan(std::string text) : name(std::move(text)) {
    const auto colon = name.rfind(':');
    if (colon == std::string::npos) return;
    number = std::max(1L, std::strtol(name.c_str() + colon + 1, nullptr, 10));
    name.resize(colon);
  }

  // Which pass this is; 0: another point is meant.
  long pass(const char* point) { return name != point ? 0 : passes.fetch_add(1) + 1; }
};

// Those of a variable, with blanks between them.
std::deque<Plan> plans_of(const char* variable) {
  std::deque<Plan> plans;
  const char* text = std::getenv(variable);
  std::istringstream words(text == nullptr ? "" : text);
  for (std::string word; words >> word;) plans.emplace_back(word);
  return plans;
}

}  // namespace

void pass_fault_point(const char* name) {
  static std::deque<Plan> crashes = plans_of("ENDURE_CRASH_AT");
  static std::deque<Plan> throws = plans_of("ENDURE_THROW_AT");
  for (Plan& plan : crashes) {
    if (plan.pass(name) == plan.number) ::kill(::getpid(), SIGKILL);
  }
  for (Plan& plan : throws) {
    const long pass = plan.pass(name);
    if (pass > 0 && pass % plan.number == 0) {
      throw std::runtime_error("thrown at " + std::string(name));
    }
  }
}

}  // namespace endure

#endif
