// A library for LD_PRELOAD that shifts the wall clock of a process, so that nodes of one machine
// have clocks that differ. Steady clocks, and all waits that are measured by them, stay as they
// are.
//
//   ENDURE_CLOCK_OFFSET_S   seconds that the wall clock is ahead, or behind where negative; default
//   0
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

namespace {

std::int64_t offset_s() {
  static const std::int64_t offset = [] {
    const char* text = std::getenv("ENDURE_CLOCK_OFFSET_S");
    return text == nullptr ? 0 : std::strtoll(text, nullptr, 10);
  }();
  return offset;
}

bool is_wall(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
}

// By the kernel itself: looking up the next library's function may allocate, and allocators ask for
// the time.
int shifted(clockid_t clock, timespec* now) {
  const auto rc = static_cast<int>(::syscall(SYS_clock_gettime, clock, now));
  if (rc == 0 && is_wall(clock)) now->tv_sec += offset_s();
  return rc;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* now) {
  return shifted(clock, now);
}

int gettimeofday(timeval* __restrict now, void* __restrict) {
  timespec time{};
  const int rc = shifted(CLOCK_REALTIME, &time);
  if (rc == 0) *now = {time.tv_sec, time.tv_nsec / 1'000};
  return rc;
}

time_t time(time_t* out) {
  timespec now{};
  if (shifted(CLOCK_REALTIME, &now) != 0) return -1;
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}

int timespec_get(timespec* now, int base) {
  return base == TIME_UTC && shifted(CLOCK_REALTIME, now) == 0 ? base : 0;
}

}  // extern "C"
