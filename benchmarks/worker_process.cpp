#include "benchmarks/worker_process.hpp"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "benchmarks/latencies.hpp"
#include "benchmarks/workflows.hpp"

namespace endure::benchmarks {

namespace {

constexpr double longest_start_ms = 30'000;

constexpr const char* python_worker = R"(
import sys
import endure

worker = endure.Worker(sys.argv[1], capacity=1, prefetch=2000, name="bench")

def add(queue):
    @worker.step(queue)
    def handle(arguments):
        post = arguments["post"]
        post[queue] = "done by the benchmark's worker"
        return post

for queue in ("receive", "enrich", "act", "complete"):
    add(queue)
worker.run()
)";

// The package beside the build tree of this program; where it is installed nothing has to be added.
std::string python_path() {
  const std::filesystem::path beside =
      std::filesystem::path(own_program()).parent_path() / "../../../clients/python";
  std::error_code ignored;
  const auto found = std::filesystem::weakly_canonical(beside, ignored);
  const char* set = std::getenv("PYTHONPATH");
  const std::string more = set == nullptr ? "" : set;
  return std::filesystem::exists(found / "endure", ignored) ? found.string() + ":" + more : more;
}

Result<Subprocess> start_process(const WorkerOptions& options, const std::string& address,
                                 const std::string& log) {
  if (options.kind == WorkerKind::python) {
    return Subprocess::start({options.python, "-c", python_worker, address}, log,
                             {"PYTHONPATH=" + python_path()});
  }
  return Subprocess::start({own_program(), "bench", "worker", "--address", address}, log);
}

// Whether a worker serves W1's last queue.
bool is_served(HttpLine& line) {
  const auto answer = line.get("/v1/queues/" + std::string(w1_queues[std::size(w1_queues) - 1]));
  return answer && answer->status == 200 && answer->json().value("consumers", 0) > 0;
}

}  // namespace

Result<Subprocess> start_worker(const WorkerOptions& options, const NodeProcess& node,
                                const std::string& folder) {
  const std::string log = folder + "/worker.log";
  auto worker = start_process(options, node.worker_address(), log);
  if (!worker) return worker;
  HttpLine line = node.line();
  const auto begin = SteadyClock::now();
  while (!is_served(line)) {
    if (worker->has_ended() || ms_since(begin) > longest_start_ms) {
      std::ifstream said(log);
      return fail(Code::invalid, "the worker did not start: " +
                                     std::string(std::istreambuf_iterator<char>(said), {}));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return worker;
}

}  // namespace endure::benchmarks
