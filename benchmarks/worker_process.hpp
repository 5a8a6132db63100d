// A worker in a process of its own that does W1's steps over ZeroMQ.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "benchmarks/node_process.hpp"
#include "benchmarks/subprocess.hpp"

namespace endure::benchmarks {

enum class WorkerKind : std::uint8_t {
  python,  // the package `endure`
  cpp,     // this program's own hidden verb `bench worker`
};

struct WorkerOptions {
  WorkerKind kind = WorkerKind::cpp;
  std::string python = "/usr/bin/python3";  // the interpreter; it must have pyzmq and msgpack
};

// Starts one and waits until the node knows it; what it says goes to `folder`/worker.log.
// Code::invalid with that where it ends instead.
Result<Subprocess> start_worker(const WorkerOptions& options, const NodeProcess& node,
                                const std::string& folder);

}  // namespace endure::benchmarks
