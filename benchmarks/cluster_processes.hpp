// Nodes of one cluster on loopback, each a process with a folder and keys of its own, and a C++
// worker process beside each.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "benchmarks/http_starts.hpp"
#include "benchmarks/node_process.hpp"
#include "benchmarks/subprocess.hpp"

namespace endure::benchmarks {

class ClusterProcesses {
 public:
  // Makes the nodes' keys and configurations in `folder`, starts them and waits until they are one
  // cluster.
  static Result<std::unique_ptr<ClusterProcesses>> start(const std::string& folder,
                                                         std::size_t count);

  std::size_t size() const { return nodes_.size(); }
  const NodeProcess& node(std::size_t i) const { return *nodes_[i]; }
  // The ids of workflows that lie on that node, as long as no shard has moved.
  IdFilter ids_of(std::size_t i) const;

  // Starts the workers, one beside each node; each takes steps from all nodes.
  Result<void> start_workers();
  const std::vector<Subprocess>& workers() const { return workers_; }

  // Calls that the nodes have sent to each other so far, messages between workflows included.
  Result<std::uint64_t> calls_between() const;

  void stop();

 private:
  explicit ClusterProcesses(std::string folder) : folder_(std::move(folder)) {}
  Result<void> make_keys() const;
  Result<void> write_settings() const;
  Result<void> wait_whole() const;
  std::string settings_file(const std::string& name) const;

  const std::string folder_;
  std::vector<std::string> names_;
  std::vector<std::unique_ptr<NodeProcess>> nodes_;
  std::vector<Subprocess> workers_;
};

}  // namespace endure::benchmarks
