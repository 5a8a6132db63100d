// Workflows whose expression does not end by itself, one after the other: what a bad definition
// does to the others.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>

#include "base/result.hpp"
#include "benchmarks/native_node.hpp"

namespace endure::benchmarks {

class Rogues {
 public:
  // An empty expression: there are none.
  Rogues(NativeNode& node, std::string expression);

  Result<void> begin();
  // How many have been stopped at their limit; none is started after this, and none is under way.
  std::uint64_t stop();

 private:
  void start_next();

  NativeNode& node_;
  const std::string expression_;
  std::mutex mutex_;
  std::condition_variable idle_;
  bool stopping_ = false;
  bool under_way_ = false;
  std::uint64_t started_ = 0;
  std::uint64_t faulted_ = 0;
};

}  // namespace endure::benchmarks
