#include "runtime/messaging/wake_up.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "base/assert.hpp"

namespace endure::messaging {

WakeUp::WakeUp() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  ENDURE_ASSERT(descriptor_ >= 0);
}

WakeUp::~WakeUp() {
  ::close(descriptor_);
}

void WakeUp::wake() {
  const std::uint64_t one = 1;
  // It can only fail with the counter at its end, and then the descriptor is readable anyway.
  [[maybe_unused]] const auto written = ::write(descriptor_, &one, sizeof one);
}

void WakeUp::drain() {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto drained = ::read(descriptor_, &count, sizeof count);
}

}  // namespace endure::messaging
