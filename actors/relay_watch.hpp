// Tells whoever sends to other nodes that a commit has left messages for them. set(): any thread;
// look(): the journal's.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>

#include "persistence/store.hpp"

namespace endure::actors {

class RelayWatch {
 public:
  void set(std::function<void()> told) {
    const std::lock_guard lock(mutex_);
    told_ = std::move(told);
  }
  void look(const persistence::ClusterStore& store) {
    if (std::exchange(seen_, store.relays()) == store.relays()) return;
    const std::lock_guard lock(mutex_);
    if (told_) told_();
  }

 private:
  std::uint64_t seen_ = 0;
  std::mutex mutex_;
  std::function<void()> told_;
};

}  // namespace endure::actors
