#include "base/watchdog.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace endure {

namespace {

bool is_busy(std::uint64_t job) {
  return (job & 1U) == 1;
}

}  // namespace

void Watchdog::Slot::ask() {
  auto job = job_.load();
  if (!is_busy(job)) job_.compare_exchange_strong(job, job + 1);
}

void Watchdog::Slot::answered() {
  auto job = job_.load();
  if (is_busy(job)) job_.compare_exchange_strong(job, job + 1);
}

std::shared_ptr<Watchdog::Slot> Watchdog::watch(std::string who, Describe describe) {
  auto slot = std::make_shared<Slot>(std::move(who), std::move(describe));
  const std::lock_guard lock(mutex_);
  slots_.push_back(slot);
  return slot;
}

// With the mutex.
std::vector<std::shared_ptr<Watchdog::Slot>> Watchdog::slots() const {
  std::vector<std::shared_ptr<Slot>> slots;
  std::erase_if(slots_, [&](const std::weak_ptr<Slot>& each) {
    auto slot = each.lock();
    if (!slot) return true;
    slots.push_back(std::move(slot));
    return false;
  });
  return slots;
}

void Watchdog::look() {
  const auto now_ms = clock_.steady_ms();
  std::vector<std::shared_ptr<Slot>> stuck;
  {
    const std::lock_guard lock(mutex_);
    for (auto& slot : slots()) {
      const auto job = slot->job_.load(std::memory_order_acquire);
      if (job != slot->seen_job_) {
        slot->seen_job_ = job;
        slot->seen_ms_ = now_ms;
        slot->seen_ = clock_.now();
        slot->stuck_ = false;
      } else if (is_busy(job) && !slot->stuck_ && now_ms - slot->seen_ms_ > limit_ms_) {
        slot->stuck_ = true;
        ++reports_;
        stuck.push_back(std::move(slot));
      }
    }
  }
  for (const auto& slot : stuck) {
    log(Level::error, "stuck: busy with one job for too long",
        {{"who", slot->who_}, {"job", slot->describe_(slot->number_)}, {"for_ms", limit_ms_}});
  }
}

std::vector<StuckJob> Watchdog::stuck() const {
  std::vector<std::pair<std::shared_ptr<Slot>, Instant>> found;
  {
    const std::lock_guard lock(mutex_);
    for (auto& slot : slots()) {
      if (!slot->stuck_ || slot->job_.load() != slot->seen_job_) continue;
      const Instant since = slot->seen_;
      found.emplace_back(std::move(slot), since);
    }
  }
  std::vector<StuckJob> jobs;
  for (const auto& [slot, since] : found) {
    jobs.push_back({slot->who_, slot->describe_(slot->number_), since});
  }
  std::sort(jobs.begin(), jobs.end(),
            [](const StuckJob& a, const StuckJob& b) { return a.since < b.since; });
  return jobs;
}

}  // namespace endure
