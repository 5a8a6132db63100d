// A worker's side of the protocol in C++: takes steps from a node's queues and answers them. It
// connects by itself to the other nodes of a cluster, and takes steps from all of them.
//
// A thread of its own talks to the node; any number of threads take steps by next() and end each by
// complete() or fail(). Leases are extended, connections made anew and answers sent again until the
// node has taken them, without anyone's help.
//
//   WorkerClient client({"tcp://127.0.0.1:7451", "w1", {{"enrich", 4}}}, clock);
//   client.start();
//   while (auto step = client.next()) client.complete(step->token, work(step->arguments));
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace endure::gateway {

struct WorkerClientConfig {
  std::string address = "tcp://127.0.0.1:7451";
  std::string name;  // for people; empty: host and process id
  // Each queue, and how many of its steps may be here at once (those that wait for next() too), of
  // each node.
  std::vector<std::pair<std::string, std::uint32_t>> queues;
};

struct Work {
  std::string token;
  std::string ns;
  std::string workflow;
  std::string queue;
  std::string task;
  std::uint64_t attempt = 1;
  std::string idempotency_key;  // the same for every attempt of this step
  std::string arguments;        // msgpack
  // Becomes true when the step is taken away: its end will change nothing.
  std::shared_ptr<const std::atomic<bool>> lost;
};

struct WorkFailure {
  std::string type;  // a URI
  std::string title;
  std::string detail;
  int status = 500;
  bool retryable = true;
  std::optional<std::uint64_t> retry_after_ms;
};

class WorkerClient {
 public:
  // The clock must outlive the client.
  WorkerClient(WorkerClientConfig config, Clock& clock);
  // As stop(0).
  ~WorkerClient();
  WorkerClient(const WorkerClient&) = delete;
  WorkerClient& operator=(const WorkerClient&) = delete;

  // Begins to connect; an absent node is waited for. Code::invalid: the address is malformed, or no
  // queue is named. Call it once.
  Result<void> start();

  // Waits for a step. Nothing once drain() or stop() was called.
  std::optional<Work> next();

  // Ends a step; `result` is msgpack. Sent by the client's thread; what the node does not take (too
  // large, no JSON) fails the step for good.
  void complete(const std::string& token, std::string result);
  void fail(const std::string& token, WorkFailure failure);

  // Takes no further steps and hands back those that nobody has taken by next(). Returns at once.
  void drain();
  // Drains, waits until every step taken was ended and answered, at most `timeout_ms`, then leaves;
  // what is left is handed back. True where nothing was left. A second call does nothing.
  bool stop(std::int64_t timeout_ms);

  // Steps here that are not answered yet. Any thread.
  std::size_t in_hand() const;

 private:
  class Thread;
  std::unique_ptr<Thread> thread_;
};

}  // namespace endure::gateway
