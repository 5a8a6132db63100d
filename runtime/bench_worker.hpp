// The C++ worker of `endure bench w1 --worker cpp`: does W1's steps over ZeroMQ until SIGTERM.
#pragma once

#include <string>

namespace endure {

// The exit code.
int run_bench_worker(const std::string& address);

}  // namespace endure
