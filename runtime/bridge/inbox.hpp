// What other threads have for the bridge's: swapped in under a mutex, announced by an eventfd that
// is written only when the box was empty. Any thread; take() the bridge's alone.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/assert.hpp"
#include "runtime/bridge/link.hpp"
#include "runtime/bridge/listener.hpp"

namespace endure::bridge {

struct CallItem {
  std::size_t peer = 0;
  OutgoingCall call;
};
struct AnswerItem {
  CallPlace place;
  std::string body;
};
struct NewsItem {};

using InboxItem = std::variant<CallItem, AnswerItem, NewsItem>;

class Inbox {
 public:
  Inbox() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    ENDURE_ASSERT(descriptor_ >= 0);
  }
  ~Inbox() { ::close(descriptor_); }
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  void push(InboxItem item) {
    bool was_empty = false;
    {
      const std::lock_guard lock(mutex_);
      was_empty = items_.empty();
      items_.push_back(std::move(item));
    }
    if (was_empty) wake();
  }
  std::vector<InboxItem> take() {
    std::uint64_t count = 0;
    // Before the swap: what is pushed after it writes the eventfd again.
    [[maybe_unused]] const auto drained = ::read(descriptor_, &count, sizeof count);
    std::vector<InboxItem> taken;
    const std::lock_guard lock(mutex_);
    taken.swap(items_);
    return taken;
  }
  void wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(descriptor_, &one, sizeof one);
  }
  int descriptor() const { return descriptor_; }

 private:
  std::mutex mutex_;
  std::vector<InboxItem> items_;
  int descriptor_;
};

}  // namespace endure::bridge
