// A process that a benchmark starts, and that ends with its owner at the latest.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace endure::benchmarks {

class Subprocess {
 public:
  // `arguments[0]` is the program's path or name. What it says goes to the file `output`;
  // `environment` ("NAME=value") is added to ours. The kernel kills it should we die first.
  static Result<Subprocess> start(const std::vector<std::string>& arguments,
                                  const std::string& output,
                                  const std::vector<std::string>& environment = {});
  Subprocess(Subprocess&& other) noexcept;
  Subprocess& operator=(Subprocess&& other) noexcept;
  ~Subprocess();

  pid_t pid() const { return pid_; }
  bool has_ended();
  // SIGKILL, and waits for its end.
  void kill();
  // SIGTERM, and waits; SIGKILL after `timeout_ms`.
  void stop(std::int64_t timeout_ms = 10'000);

 private:
  explicit Subprocess(pid_t pid) : pid_(pid) {}
  pid_t pid_ = 0;  // 0: none, or it has ended
};

}  // namespace endure::benchmarks
