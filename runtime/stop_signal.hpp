// Why and when a process must stop: a signal, or a failure that it cannot survive.
//
// A thread of its own reads SIGTERM and SIGINT by signalfd. The first asks for an orderly stop,
// which must be over within a deadline; the second, or the deadline, ends the process at once. That
// is safe at any moment: what is not durable yet was never answered.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <variant>

#include "base/result.hpp"

namespace endure {

class StopSignal {
 public:
  // Blocks the signals in the calling thread, and so in all threads that it starts later. Make it
  // before any thread; SIGPIPE is ignored from here on.
  StopSignal();
  // Ends the thread; the signals stay blocked, so that a late one does not disturb the exit.
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  // Starts the thread; not before code that forks. How long an orderly stop may take after a
  // signal, and after a failure. A signal or failure that came before counts from now.
  void start(std::int64_t shutdown_ms, std::int64_t failed_shutdown_ms);

  // A failure: the node must stop. Any thread; the first one counts.
  void fail(const Error& error);
  // That failure, also where it came only after a signal.
  std::optional<Error> failure() const;

  using Reason = std::variant<int, Error>;  // the signal's number, or the failure
  // Waits for the first reason to stop.
  Reason wait();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace endure
