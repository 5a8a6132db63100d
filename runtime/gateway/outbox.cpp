#include "runtime/gateway/outbox.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include "base/assert.hpp"

namespace endure::gateway {

Outbox::Outbox() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  ENDURE_ASSERT(descriptor_ >= 0);
}

Outbox::~Outbox() {
  ::close(descriptor_);
}

void Outbox::push(OutboxItem item) {
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    was_empty = items_.empty();
    items_.push_back(std::move(item));
  }
  if (was_empty) wake();
}

std::vector<OutboxItem> Outbox::take() {
  std::uint64_t count = 0;
  // Before the swap: what is pushed after it writes the eventfd again.
  [[maybe_unused]] const auto drained = ::read(descriptor_, &count, sizeof count);
  std::vector<OutboxItem> taken;
  const std::lock_guard lock(mutex_);
  taken.swap(items_);
  return taken;
}

void Outbox::wake() {
  const std::uint64_t one = 1;
  // It can only fail with the counter at its end, and then the descriptor is readable anyway.
  [[maybe_unused]] const auto written = ::write(descriptor_, &one, sizeof one);
}

void SessionSink::deliver(std::vector<actors::LeasedStep> steps) {
  outbox_->push({session_, Delivered{consumer_, std::move(steps)}});
}

void SessionSink::revoke(const actors::StepToken& token, const std::string& why) {
  outbox_->push({session_, TakenAway{token, why}});
}

}  // namespace endure::gateway
