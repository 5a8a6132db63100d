// How often something may be restarted: at most `intensity` times in `period_ms`, as in
// Erlang/OTP's supervisor (https://www.erlang.org/doc/design_principles/sup_princ, "Maximum Restart
// Intensity"). Pure; the caller brings the time.
#pragma once

#include <cstdint>
#include <deque>

namespace endure::actors {

class RestartIntensity {
 public:
  // `backoff_ms` is waited before the second restart of a period and doubles up to 100 times that.
  RestartIntensity(std::uint32_t intensity, std::int64_t period_ms, std::int64_t backoff_ms);

  // Records a failure at `now_ms` (a steady clock). True: restart after delay_ms(). False: it has
  // failed too often, give up.
  bool allow(std::int64_t now_ms);

  // How long to wait before the restart that allow() has just permitted.
  std::int64_t delay_ms() const;

  // No failure since `steady_ms`: the record may be dropped.
  bool quiet_since(std::int64_t steady_ms) const {
    return recent_.empty() || recent_.back() <= steady_ms;
  }

  std::uint64_t failures() const { return total_; }

 private:
  std::uint32_t intensity_;
  std::int64_t period_ms_;
  std::int64_t backoff_ms_;
  std::deque<std::int64_t> recent_;
  std::uint64_t total_ = 0;
};

}  // namespace endure::actors
