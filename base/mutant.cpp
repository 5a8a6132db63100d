#include "base/mutant.hpp"

#ifdef ENDURE_FAULT_POINTS

#include <atomic>
#include <cstdlib>
#include <string>

namespace endure {

namespace {

struct Mutant {
  std::string name;
  long every = 1;
  std::atomic<long> passes{0};

  Mutant() {
    const char* text = std::getenv("ENDURE_MUTANT");
    if (text == nullptr) return;
    name = text;
    const auto colon = name.rfind(':');
    if (colon == std::string::npos) return;
    every = std::strtol(name.c_str() + colon + 1, nullptr, 10);
    if (every < 1) every = 1;
    name.resize(colon);
  }
};

}  // namespace

bool shows_mutant(const char* name) {
  static Mutant mutant;
  if (mutant.name.empty() || mutant.name != name) return false;
  return (mutant.passes.fetch_add(1) + 1) % mutant.every == 0;
}

}  // namespace endure

#endif
