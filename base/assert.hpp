// ENDURE_ASSERT: an invariant of our own code that stays checked in release builds.
// A broken invariant means that memory can no longer be trusted to describe the store, so the
// process stops at once (the store is the truth; the next start reads it again).
#pragma once

#include <cstdio>
#include <cstdlib>

namespace endure {

[[noreturn]] inline void fail_invariant(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "endure: broken invariant: %s (%s:%d)\n", expression, file, line);
  std::fflush(stderr);
  std::abort();
}

}  // namespace endure

#define ENDURE_ASSERT(expression) \
  ((expression) ? static_cast<void>(0) : ::endure::fail_invariant(#expression, __FILE__, __LINE__))
