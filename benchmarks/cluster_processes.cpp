#include "benchmarks/cluster_processes.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>
#include <utility>

#include "base/placement.hpp"
#include "benchmarks/free_ports.hpp"
#include "benchmarks/latencies.hpp"
#include "benchmarks/worker_process.hpp"

namespace endure::benchmarks {

namespace {

constexpr std::uint32_t shards = 64;
constexpr double longest_birth_ms = 60'000;
constexpr auto between_looks = std::chrono::milliseconds(5);

Result<nlohmann::json> status_of(const NodeProcess& node) {
  const auto answer = node.line().get("/v1/cluster");
  if (!answer) return Failure{answer.error()};
  auto status = answer->json();
  if (answer->status == 200 && status.is_object()) return status;
  return fail(Code::invalid, "the node says nothing of its cluster: " + answer->body);
}

// Born, linked with all others, and told who owns each shard.
bool is_whole(const nlohmann::json& status) {
  if (!status.value("born", false)) return false;
  for (const auto& node : status.at("nodes")) {
    const auto state = node.value("state", "");
    if (state != "up" && state != "self") return false;
  }
  for (const auto& shard : status.at("shards")) {
    if (shard.value("owner", "").empty()) return false;
  }
  return true;
}

}  // namespace

Result<std::unique_ptr<ClusterProcesses>> ClusterProcesses::start(const std::string& folder,
                                                                  std::size_t count) {
  std::unique_ptr<ClusterProcesses> cluster(new ClusterProcesses(folder));
  for (std::size_t i = 0; i < count; ++i) cluster->names_.push_back("n" + std::to_string(i + 1));
  if (auto made = cluster->make_keys(); !made) return Failure{made.error()};
  if (auto written = cluster->write_settings(); !written) return Failure{written.error()};
  for (const auto& name : cluster->names_) {
    cluster->nodes_.push_back(std::make_unique<NodeProcess>(
        folder + "/" + name, std::vector<std::string>{"--config", cluster->settings_file(name)}));
    if (auto started = cluster->nodes_.back()->start(); !started) return Failure{started.error()};
  }
  if (auto whole = cluster->wait_whole(); !whole) return Failure{whole.error()};
  return cluster;
}

std::string ClusterProcesses::settings_file(const std::string& name) const {
  return folder_ + "/" + name + ".yaml";
}

Result<void> ClusterProcesses::make_keys() const {
  std::vector<std::string> arguments = {own_program(), "cluster", "keygen", "--folder",
                                        folder_ + "/keys"};
  arguments.insert(arguments.end(), names_.begin(), names_.end());
  auto keygen = Subprocess::start(arguments, folder_ + "/keygen.log");
  if (!keygen) return Failure{keygen.error()};
  while (!keygen->has_ended()) std::this_thread::sleep_for(between_looks);
  if (std::filesystem::exists(folder_ + "/keys/" + names_.back() + ".key")) return {};
  return fail(Code::io, "the nodes' keys could not be made; see " + folder_ + "/keygen.log");
}

Result<void> ClusterProcesses::write_settings() const {
  const auto ports = free_ports(names_.size());
  if (ports.size() < names_.size()) return fail(Code::io, "there are no free ports");
  std::string listed;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    listed += "    - " + names_[i] + "=tcp://127.0.0.1:" + std::to_string(ports[i]) + "\n";
  }
  for (std::size_t i = 0; i < names_.size(); ++i) {
    std::error_code ignored;
    std::filesystem::create_directories(folder_ + "/" + names_[i], ignored);
    std::ofstream out(settings_file(names_[i]));
    out << "node: { name: " << names_[i] << " }\n"
        << "cluster:\n  name: bench\n  shards: " << shards << "\n  keys: '" << folder_ << "/keys'\n"
        << "  listen: 'tcp://127.0.0.1:" << ports[i] << "'\n  nodes:\n"
        << listed;
    if (!out.flush()) return fail(Code::io, "cannot write " + settings_file(names_[i]));
  }
  return {};
}

Result<void> ClusterProcesses::wait_whole() const {
  const auto begin = SteadyClock::now();
  for (std::size_t i = 0; i < size();) {
    const auto status = status_of(node(i));
    if (!status) return Failure{status.error()};
    if (is_whole(*status)) {
      ++i;
    } else if (ms_since(begin) > longest_birth_ms) {
      return fail(Code::retry_later, "the nodes have not become a cluster: " + status->dump());
    } else {
      std::this_thread::sleep_for(between_looks);
    }
  }
  return {};
}

IdFilter ClusterProcesses::ids_of(std::size_t i) const {
  std::vector<bool> own(shards);
  for (Shard shard = 0; shard < shards; ++shard)
    own[shard] = birth_owner(names_, shard) == names_[i];
  return [own = std::move(own)](const std::string& id) {
    return own[shard_of({"bench", id}, shards)];
  };
}

Result<void> ClusterProcesses::start_workers() {
  for (std::size_t i = 0; i < size(); ++i) {
    auto worker = start_worker({}, node(i), folder_ + "/" + names_[i]);
    if (!worker) return Failure{worker.error()};
    workers_.push_back(std::move(*worker));
  }
  return {};
}

Result<std::uint64_t> ClusterProcesses::calls_between() const {
  std::uint64_t calls = 0;
  for (const auto& node : nodes_) {
    const auto status = status_of(*node);
    if (!status) return Failure{status.error()};
    for (const auto& other : status->at("nodes")) calls += other.value("calls", std::uint64_t{0});
  }
  return calls;
}

void ClusterProcesses::stop() {
  for (auto& worker : workers_) worker.stop();
  for (auto& node : nodes_) node->stop();
}

}  // namespace endure::benchmarks
