// The worker gateway: where workers in other processes take steps from the node's queues, over
// ZeroMQ (see docs/worker-protocol.md).
//
// One thread of the gateway owns the ROUTER socket; the methods here may be called from any one
// thread. What a worker answers is acknowledged only when the engine says that it is durable.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/engine.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

namespace endure {

struct WorkerGatewayConfig {
  // A ZeroMQ endpoint; port 0 or '*' lets the system choose one.
  std::string bind = "tcp://127.0.0.1:7451";
  // Without it, only loopback addresses, ipc and inproc are bound: the protocol has no
  // authentication, so whoever reaches the port may take steps.
  bool allow_remote = false;
  std::string node = "node";  // its name, shown to workers
  std::uint64_t epoch = 0;    // tells one run of the node from the next
  // Workers speak up at least this often; one that missed so many beats is lost.
  std::int64_t heartbeat_ms = 2'000;
  std::uint32_t lost_after_beats = 3;
  std::size_t max_message_bytes = 4 * 1024 * 1024;
  std::size_t max_result_bytes = 1024 * 1024;
  std::uint32_t max_credit = 10'000;  // of one worker on one queue
  std::size_t max_queues = 64;        // of one worker
  std::size_t max_workers = 10'000;
  std::size_t max_unsent = 1'000;  // messages kept for a worker that does not read; beyond: lost
  // The other nodes of the cluster and their gateways, for workers to connect to; empty: there is
  // no cluster. Called on the gateway's thread.
  std::function<std::vector<std::pair<std::string, std::string>>()> others = {};
};

struct WorkerGatewayStats {
  std::uint64_t workers = 0;        // now
  std::uint64_t steps_sent = 0;     // since the start, as the following
  std::uint64_t answers_taken = 0;  // results and errors
  std::uint64_t frames_refused = 0;
  std::uint64_t workers_lost = 0;
};

class WorkerGateway {
 public:
  // The engine and the clock must outlive the gateway; the engine may still call replies after
  // the gateway has gone.
  WorkerGateway(WorkerGatewayConfig config, actors::Engine& engine, Clock& clock);
  ~WorkerGateway();
  WorkerGateway(const WorkerGateway&) = delete;
  WorkerGateway& operator=(const WorkerGateway&) = delete;

  // Binds and starts the thread. Code::invalid: the address is malformed or not allowed; Code::io:
  // it cannot be bound. Call it once.
  Result<void> start();

  // Where workers connect to, with the real port: "tcp://127.0.0.1:40123". Empty before start().
  std::string endpoint() const;

  WorkerGatewayStats stats() const;

  // Says goodbye to all workers, hands their unended steps back, closes the socket and joins the
  // thread. A second call does nothing.
  void stop();

 private:
  class Thread;
  std::unique_ptr<Thread> thread_;
};

}  // namespace endure
