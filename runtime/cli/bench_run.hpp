// How the benchmarks' verbs run a workload and say what was measured.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "benchmarks/report.hpp"
#include "runtime/cli/verb.hpp"

namespace endure::cli {

using Measure = std::function<Result<std::vector<benchmarks::Report>>()>;

// Runs it `repeat` times and prints each report at once: a table for people, one JSON object a line
// for programs. The exit code.
int measure(Context& context, int repeat, const Measure& one_run);

// A measurement of one report.
Result<std::vector<benchmarks::Report>> alone(Result<benchmarks::Report> report);

// Redraws one line on a terminal; silent elsewhere.
void show_progress(std::uint64_t done, std::uint64_t all);

void add_bench_all(Verb bench, Context& context);

// -- options that the verbs share --
void add_repeat(Verb verb, int& repeat);
void add_workflows(Verb verb, std::uint64_t& workflows, const char* what = "How many in all");
void add_concurrency(Verb verb, std::uint32_t& concurrency);
// How starts come over HTTP.
void add_connections(Verb verb, std::uint32_t& connections, std::uint32_t& batch);
void add_folder(Verb verb, std::string& folder);

}  // namespace endure::cli
