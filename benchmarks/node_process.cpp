#include "benchmarks/node_process.hpp"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "benchmarks/latencies.hpp"

namespace endure::benchmarks {

namespace {

constexpr std::int64_t longest_start_ms = 60'000;
constexpr auto between_looks = std::chrono::microseconds(500);

nlohmann::json node_file(const std::string& data_folder) {
  std::ifstream in(data_folder + "/node.json");
  return nlohmann::json::parse(in, nullptr, false);
}

}  // namespace

std::string own_program() {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored).string();
}

Result<void> NodeProcess::start() {
  const std::string port = std::to_string(http_port_);
  const std::string workers = worker_address_.empty() ? "tcp://127.0.0.1:0" : worker_address_;
  std::error_code ignored;
  std::filesystem::remove(data_folder() + "/node.json", ignored);  // of one that was killed
  const auto begin = SteadyClock::now();
  std::vector<std::string> arguments = {
      own_program(),     "node",  "--data", data_folder(),      "--listen", "127.0.0.1:" + port,
      "--worker-listen", workers, "--set",  "log.level=warning"};
  arguments.insert(arguments.end(), more_.begin(), more_.end());
  auto process = Subprocess::start(arguments, log_file());
  if (!process) return Failure{process.error()};
  process_ = std::move(*process);
  while (!is_ready()) {
    if (process_->has_ended() || ms_since(begin) > longest_start_ms) {
      return fail(Code::io, "the node did not start; see " + log_file());
    }
    std::this_thread::sleep_for(between_looks);
  }
  ready_after_ms_ = ms_since(begin);
  return {};
}

// Where the node listens is known from its file once it has chosen its ports.
bool NodeProcess::is_ready() {
  if (http_port_ == 0) {
    const auto file = node_file(data_folder());
    if (!file.is_object()) return false;
    const std::string url = file.value("http", "");
    http_port_ = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
    worker_address_ = file.value("worker", "");
  }
  const auto answer = line().get("/readyz");
  return answer && answer->status == 200;
}

void NodeProcess::kill() {
  if (process_) process_->kill();
}

void NodeProcess::stop() {
  if (process_) process_->stop();
}

Result<void> NodeProcess::deploy(const std::string& source) const {
  const auto answer = line().post("/v1/definitions", source);
  if (!answer) return Failure{answer.error()};
  if (answer->status == 200 || answer->status == 201) return {};
  return fail(Code::invalid, "the definition was refused: " + answer->body);
}

}  // namespace endure::benchmarks
