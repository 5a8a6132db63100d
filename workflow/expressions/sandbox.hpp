// The processes that run jq, seen from the node.
//
// One process, the stem, is forked when the sandbox is made, while the node is still small and has
// few threads; it forks a worker (jq_worker.hpp) whenever one is needed. A caller takes an idle
// worker for itself, or has a new one made, so no evaluation waits for another. A worker that was
// broken by an expression is dropped, and the next caller gets a fresh one.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "workflow/expressions.hpp"
#include "workflow/expressions/wire.hpp"

namespace endure::workflow {

// A descriptor that is closed when its owner goes.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    reset(other.release());
    return *this;
  }

  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  void reset(int fd = -1);
  int release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }

 private:
  int fd_ = -1;
};

class Sandbox {
 public:
  explicit Sandbox(const ExpressionLimits& limits);
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  // Compiles `program` and, unless `values` is empty, runs it. Any thread. Blocks for at most twice
  // the deadline in CPU time of the worker (compile and run), however long the machine takes to
  // give it that; beyond ten seconds without an answer it gives up with Status::busy.
  wire::Answer run(const std::string& program, const std::string& values);

 private:
  struct Worker {
    Descriptor socket;
    bool used = false;  // it has served somebody before
  };

  Worker take(bool fresh);
  void give_back(Worker worker);
  bool start_stem();
  void stop_stem();
  bool send_to_stem(int socket);
  wire::Answer ask(Worker& worker, const std::string& program, const std::string& values) const;

  const ExpressionLimits limits_;
  std::mutex mutex_;  // guards all below
  std::vector<Worker> idle_;
  Descriptor stem_;
  pid_t stem_pid_ = -1;
};

}  // namespace endure::workflow
