#include "base/fault_point.hpp"

#ifdef ENDURE_FAULT_POINTS

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <string>

namespace endure {

namespace {

struct CrashPlan {
  std::string name;
  std::atomic<long> passes_left{0};

  CrashPlan() {
    const char* text = std::getenv("ENDURE_CRASH_AT");
    if (text == nullptr) return;
    name = text;
    const auto colon = name.rfind(':');
    passes_left = 1;
    if (colon != std::string::npos) {
      passes_left = std::strtol(name.c_str() + colon + 1, nullptr, 10);
      name.resize(colon);
    }
  }
};

}  // namespace

void pass_fault_point(const char* name) {
  static CrashPlan plan;
  if (plan.name.empty() || plan.name != name) return;
  if (plan.passes_left.fetch_sub(1) == 1) ::kill(::getpid(), SIGKILL);
}

}  // namespace endure

#endif
