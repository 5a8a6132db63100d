#include "runtime/command_worker.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <iostream>
#include <thread>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "runtime/command/step_run.hpp"
#include "runtime/gateway/worker_client.hpp"

namespace endure {

namespace {

constexpr std::int64_t last_answers_ms = 1'000;

// SIGTERM and SIGINT as something to be read. The signals stay blocked afterwards.
class StopSignals {
 public:
  StopSignals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    descriptor_ = ::signalfd(-1, &set, SFD_CLOEXEC);
  }
  ~StopSignals() { ::close(descriptor_); }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // True when one came within the time; -1: waits for ever.
  bool wait(int timeout_ms) const {
    pollfd item{descriptor_, POLLIN, 0};
    if (::poll(&item, 1, timeout_ms) <= 0) return false;
    signalfd_siginfo info{};
    return ::read(descriptor_, &info, sizeof info) > 0;
  }

 private:
  int descriptor_ = -1;
};

Result<void> check(const CommandWorkerConfig& config) {
  if (config.command.empty()) return fail(Code::invalid, "name a program to run, after --");
  if (config.queues.empty()) return fail(Code::invalid, "name a queue");
  if (config.capacity == 0) return fail(Code::invalid, "the capacity must be at least 1");
  for (const auto& queue : config.queues) {
    if (auto fine = check_queue(queue); !fine) return fine;
  }
  return {};
}

class CommandWorker {
 public:
  explicit CommandWorker(const CommandWorkerConfig& config)
      : config_(config), client_(client_config(config), clock_) {}

  int run() {
    const StopSignals signals;
    if (const auto started = client_.start(); !started) {
      std::cerr << "endure worker: " << started.error().what << '\n';
      return 2;
    }
    for (std::uint32_t i = 0; i < config_.capacity; ++i) {
      runners_.emplace_back([this] { take_steps(); });
    }
    while (!signals.wait(-1)) {
    }
    log(Level::info, "worker stops", {{"steps", client_.in_hand()}});
    client_.drain();
    const std::int64_t until_ms = clock_.steady_ms() + config_.stop_timeout_ms;
    while (client_.in_hand() > 0 && clock_.steady_ms() < until_ms && !signals.wait(50)) {
    }
    cut_off_ = true;
    for (auto& runner : runners_) runner.join();
    return client_.stop(last_answers_ms) ? 0 : 1;
  }

 private:
  static gateway::WorkerClientConfig client_config(const CommandWorkerConfig& config) {
    gateway::WorkerClientConfig made;
    made.address = config.address;
    made.name = config.name;
    for (const auto& queue : config.queues) made.queues.emplace_back(queue, config.capacity);
    return made;
  }

  void take_steps() {
    while (const auto work = client_.next()) {
      auto end = run_step(config_, *work, cut_off_, clock_);
      if (auto* result = std::get_if<std::string>(&end)) {
        client_.complete(work->token, std::move(*result));
      } else if (!cut_off_) {  // else the goodbye hands it back, and no attempt is counted
        client_.fail(work->token, std::move(std::get<gateway::WorkFailure>(end)));
      }
    }
  }

  const CommandWorkerConfig& config_;
  SystemClock clock_;
  gateway::WorkerClient client_;
  std::atomic<bool> cut_off_{false};
  std::vector<std::thread> runners_;
};

}  // namespace

int run_command_worker(const CommandWorkerConfig& config) {
  if (const auto fine = check(config); !fine) {
    std::cerr << "endure worker: " << fine.error().what << '\n';
    return 2;
  }
  return CommandWorker(config).run();
}

}  // namespace endure
