// How many starts may be under way at one time, so that each is answered soon. Beyond it a start is
// refused at once (429): under a load that the node cannot bear, some are turned away rather than
// all of them made to wait, and no queue grows.
//
// The limit follows what is seen: starts that took longer than the target lower it, refusals while
// all were quick raise it. Any thread; the caller brings the time, so that tests need none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>

namespace endure::http {

struct StartGateConfig {
  std::int64_t target_ms = 300;  // how long a start may take, from its arrival to its commit
  std::size_t least = 1'000;     // never fewer: one large batch at least
  std::size_t first = 2'000;     // before anything is known
  std::size_t most = 20'000;
};

class StartGate {
 public:
  explicit StartGate(StartGateConfig config = {});

  // Admits as many of `starts` as there is room for; each must leave().
  std::size_t enter(std::size_t starts, std::int64_t now_ms);
  void leave(std::int64_t entered_ms, std::int64_t now_ms);
  // Whether enter() would admit none. Counts as a refusal where it would.
  bool refuses(std::int64_t now_ms);

  std::size_t limit() const;
  std::size_t under_way() const;

 private:
  void adapt(std::int64_t now_ms);

  const StartGateConfig config_;
  mutable std::mutex mutex_;
  std::size_t limit_;
  std::size_t under_way_ = 0;
  // Since the limit was last looked at.
  std::int64_t since_ms_ = 0;
  std::int64_t slowest_ms_ = 0;
  bool refused_ = false;
};

}  // namespace endure::http
