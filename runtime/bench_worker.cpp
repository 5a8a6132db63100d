#include "runtime/bench_worker.hpp"

#include <csignal>
#include <iostream>
#include <thread>

#include "base/clock.hpp"
#include "benchmarks/workflows.hpp"
#include "persistence/codec.hpp"
#include "runtime/gateway/worker_client.hpp"

namespace endure {

namespace {

constexpr std::uint32_t steps_in_hand = 2'000;  // of each queue
constexpr std::int64_t last_answers_ms = 1'000;

void work(gateway::WorkerClient& client) {
  while (const auto step = client.next()) {
    const auto arguments = persistence::decode_value(step->arguments);
    if (!arguments) continue;  // its lease runs out
    client.complete(step->token,
                    persistence::encode_value(benchmarks::w1_step(step->queue, *arguments)));
  }
}

}  // namespace

int run_bench_worker(const std::string& address) {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);  // before any thread is there
  SystemClock clock;
  gateway::WorkerClientConfig config{address, "bench", {}};
  for (const auto queue : benchmarks::w1_queues) {
    config.queues.emplace_back(std::string(queue), steps_in_hand);
  }
  gateway::WorkerClient client(config, clock);
  if (const auto started = client.start(); !started) {
    std::cerr << "endure bench worker: " << started.error().what << '\n';
    return 2;
  }
  std::thread worker([&client] { work(client); });
  int number = 0;
  sigwait(&ends, &number);
  client.drain();
  worker.join();
  client.stop(last_answers_ms);
  return 0;
}

}  // namespace endure
