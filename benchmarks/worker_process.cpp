#include "benchmarks/worker_process.hpp"

#include <cstdlib>
#include <filesystem>

#include "benchmarks/node_process.hpp"

namespace endure::benchmarks {

namespace {

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

}  // namespace

Result<Subprocess> start_worker(const WorkerOptions& options, const std::string& address,
                                const std::string& folder) {
  const std::string log = folder + "/worker.log";
  if (options.kind == WorkerKind::python) {
    return Subprocess::start({options.python, "-c", python_worker, address}, log,
                             {"PYTHONPATH=" + python_path()});
  }
  return Subprocess::start({own_program(), "bench", "worker", "--address", address}, log);
}

}  // namespace endure::benchmarks
