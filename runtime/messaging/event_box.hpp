// What other threads have for a thread that waits in poll(): swapped in under a mutex, announced by
// a descriptor that is written only when the box was empty. Any thread; take() the owner's alone.
#pragma once

#include <mutex>
#include <utility>
#include <vector>

#include "runtime/messaging/wake_up.hpp"

namespace endure::messaging {

template <class Item>
class EventBox {
 public:
  void push(Item item) {
    bool was_empty = false;
    {
      const std::lock_guard lock(mutex_);
      was_empty = items_.empty();
      items_.push_back(std::move(item));
    }
    if (was_empty) wake();
  }

  // Empties the box, and the descriptor.
  std::vector<Item> take() {
    wake_.drain();  // before the swap: what is pushed after it writes the descriptor again
    std::vector<Item> taken;
    const std::lock_guard lock(mutex_);
    taken.swap(items_);
    return taken;
  }

  void wake() { wake_.wake(); }  // although the box may be empty
  int descriptor() const { return wake_.descriptor(); }

 private:
  std::mutex mutex_;
  std::vector<Item> items_;
  WakeUp wake_;
};

}  // namespace endure::messaging
