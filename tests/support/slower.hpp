// How much slower than usual a test may be: under sanitizers, ctest sets ENDURE_SLOWER.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace endure::testing {

inline std::int64_t slower() {
  const char* const text = std::getenv("ENDURE_SLOWER");
  return text == nullptr ? 1 : std::atoll(text);
}

}  // namespace endure::testing
