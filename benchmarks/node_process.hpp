// A real node of this program, in a process of its own, with its data in a scratch folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "benchmarks/http_line.hpp"
#include "benchmarks/process_figures.hpp"
#include "benchmarks/subprocess.hpp"

namespace endure::benchmarks {

class NodeProcess {
 public:
  // `folder` takes the node's data and log; `more`: further arguments of `endure node`.
  explicit NodeProcess(std::string folder, std::vector<std::string> more = {})
      : folder_(std::move(folder)), more_(std::move(more)) {}

  // Starts `endure node` and waits until it says that it is ready. After the first time it keeps
  // its ports, so that clients and workers find it again.
  Result<void> start();
  void kill();
  void stop();

  double ready_after_ms() const { return ready_after_ms_; }  // from fork to the answer of /readyz
  std::uint16_t http_port() const { return http_port_; }
  const std::string& worker_address() const { return worker_address_; }
  HttpLine line() const { return HttpLine(http_port_); }
  ProcessFigures figures() const { return figures_of(process_ ? process_->pid() : -1); }

  Result<void> deploy(const std::string& source) const;

 private:
  bool is_ready();
  std::string data_folder() const { return folder_ + "/data"; }
  std::string log_file() const { return folder_ + "/node.log"; }

  const std::string folder_;
  const std::vector<std::string> more_;
  std::uint16_t http_port_ = 0;
  std::string worker_address_;
  double ready_after_ms_ = 0;
  std::optional<Subprocess> process_;
};

// This program's own file, for starting it again.
std::string own_program();

}  // namespace endure::benchmarks
