// Which starts are taken and which are refused at once (429): under a load that the node cannot
// bear, some are turned away rather than all made to wait. Two bounds, both by what is seen:
//
// - How many starts may be under way at one time, so that each is answered soon. Starts that took
//   longer than the target lower it, refusals while all were quick raise it.
// - How many a second, while the node is strained: steps of workflows that were accepted wait for
//   this machine. Starts then yield to them. There is no such bound otherwise: a backlog of steps
//   that wait for their workers is no reason to refuse anything.
//
// Any thread; the caller brings the time, so that tests need none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>

namespace endure::http {

struct StartGateConfig {
  std::int64_t target_ms = 300;  // how long a start may take, from its arrival to its commit
  std::size_t least = 1'000;     // never fewer: one large batch at least
  std::size_t first = 2'000;     // before anything is known
  std::size_t most = 20'000;
  std::function<bool()> strained = {};  // asked ten times a second at most; must be quick
  double least_per_s = 100;             // are taken however strained the node is
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
  std::optional<double> per_s() const;  // the bound of a strained node

 private:
  std::size_t room() const;
  void adapt(std::int64_t now_ms);
  void adapt_limit(std::int64_t now_ms);
  void adapt_rate(std::int64_t now_ms, double passed_s);

  const StartGateConfig config_;
  mutable std::mutex mutex_;
  std::size_t limit_;
  std::size_t under_way_ = 0;
  // Since the bounds were last looked at.
  std::int64_t since_ms_ = 0;
  std::int64_t slowest_ms_ = 0;
  std::size_t admitted_ = 0;
  bool any_left_ = false;
  bool refused_ = false;
  // Starts that were admitted before the limit was lowered say nothing of the lower one.
  std::int64_t lowered_ms_ = 0;
  // A bucket that fills with `per_s_` starts a second.
  std::optional<double> per_s_;
  double knee_per_s_ = 0;    // a little less than what was too much
  double lately_per_s_ = 0;  // admitted
  std::int64_t slowed_ms_ = 0;
  double bucket_ = 0;
  std::int64_t filled_ms_ = 0;
};

}  // namespace endure::http
