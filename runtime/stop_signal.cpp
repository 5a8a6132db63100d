#include "runtime/stop_signal.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <optional>
#include <thread>

#include "base/assert.hpp"
#include "base/log.hpp"
#include "runtime/messaging/wake_up.hpp"

namespace endure {
namespace {

using SteadyClock = std::chrono::steady_clock;

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

constexpr int exit_deadline_passed = 1;

}  // namespace

class StopSignal::Impl {
 public:
  Impl() {
    const sigset_t set = stop_signals();
    ENDURE_ASSERT(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
    std::signal(SIGPIPE, SIG_IGN);
    signals_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    ENDURE_ASSERT(signals_ >= 0);
  }

  ~Impl() {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    wake_.wake();
    if (thread_.joinable()) thread_.join();
    close(signals_);
  }

  void start(std::int64_t shutdown_ms, std::int64_t failed_shutdown_ms) {
    {
      const std::lock_guard lock(mutex_);
      shutdown_ = std::chrono::milliseconds(shutdown_ms);
      failed_shutdown_ = std::chrono::milliseconds(failed_shutdown_ms);
      if (reason_) set_deadline();
    }
    thread_ = std::thread([this] { watch(); });
  }

  void stop(Reason reason) {
    {
      const std::lock_guard lock(mutex_);
      if (reason_) return;
      reason_ = std::move(reason);
      set_deadline();
    }
    changed_.notify_all();
    wake_.wake();
  }

  void fail(const Error& error) {
    {
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = error;
    }
    stop(error);
  }

  std::optional<Error> failure() const {
    const std::lock_guard lock(mutex_);
    return failure_;
  }

  Reason wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return reason_.has_value(); });
    return *reason_;
  }

 private:
  void set_deadline() {
    const bool failed = std::holds_alternative<Error>(*reason_);
    deadline_ = SteadyClock::now() + (failed ? failed_shutdown_ : shutdown_);
  }

  void watch() {
    while (true) {
      pollfd fds[2] = {{signals_, POLLIN, 0}, {wake_.descriptor(), POLLIN, 0}};
      poll(fds, 2, timeout_ms());
      wake_.drain();
      signalfd_siginfo info{};
      while (read(signals_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
        on_signal(static_cast<int>(info.ssi_signo));
      }
      const std::lock_guard lock(mutex_);
      if (done_) return;
      if (deadline_ && SteadyClock::now() >= *deadline_) {
        log(Level::error, "shutdown took too long, ending at once",
            {{"timeout_ms",
              (std::holds_alternative<Error>(*reason_) ? failed_shutdown_ : shutdown_).count()}});
        _exit(exit_deadline_passed);
      }
    }
  }

  void on_signal(int number) {
    {
      const std::lock_guard lock(mutex_);
      if (reason_) {
        log(Level::warning, "second signal, ending at once", {{"signal", number}});
        _exit(128 + number);
      }
    }
    stop(number);
  }

  int timeout_ms() {
    const std::lock_guard lock(mutex_);
    if (!deadline_) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline_ - SteadyClock::now());
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
  }

  int signals_ = -1;
  messaging::WakeUp wake_;
  std::chrono::milliseconds shutdown_{20'000};
  std::chrono::milliseconds failed_shutdown_{20'000};
  std::thread thread_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Reason> reason_;
  std::optional<Error> failure_;
  std::optional<SteadyClock::time_point> deadline_;
  bool done_ = false;
};

StopSignal::StopSignal() : impl_(std::make_unique<Impl>()) {}
StopSignal::~StopSignal() = default;
void StopSignal::start(std::int64_t shutdown_ms, std::int64_t failed_shutdown_ms) {
  impl_->start(shutdown_ms, failed_shutdown_ms);
}
void StopSignal::fail(const Error& error) {
  impl_->fail(error);
}
std::optional<Error> StopSignal::failure() const {
  return impl_->failure();
}
StopSignal::Reason StopSignal::wait() {
  return impl_->wait();
}

}  // namespace endure
