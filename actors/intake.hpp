// Work on its way to one actor, gathered while the actor is busy: who puts something into an empty
// intake wakes the actor, which then takes all that lies there. A burst costs one message and not
// one each. Any thread may put; the actor alone takes. Order is kept.
#pragma once

#include <mutex>
#include <utility>
#include <vector>

namespace endure::actors {

template <class Work>
class Intake {
 public:
  // True: it was empty, so the actor has to be woken.
  [[nodiscard]] bool put(Work work) {
    const std::lock_guard lock(mutex_);
    work_.push_back(std::move(work));
    return work_.size() == 1;
  }

  [[nodiscard]] bool put(std::vector<Work> work) {
    const std::lock_guard lock(mutex_);
    const bool was_empty = work_.empty();
    if (was_empty) {
      work_ = std::move(work);
    } else {
      for (Work& each : work) work_.push_back(std::move(each));
    }
    return was_empty && !work_.empty();
  }

  std::vector<Work> take() {
    std::vector<Work> taken;
    const std::lock_guard lock(mutex_);
    taken.swap(work_);
    return taken;
  }

  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return work_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Work> work_;
};

}  // namespace endure::actors
