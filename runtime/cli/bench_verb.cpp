// bench: throughput and latency of this build on this machine, beside the machine's own limit.
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <ostream>

#include "benchmarks/decide.hpp"
#include "benchmarks/w1.hpp"
#include "runtime/cli/exit_code.hpp"
#include "runtime/cli/report.hpp"
#include "runtime/cli/verb.hpp"
#include "runtime/cli/verbs.hpp"

namespace endure::cli {
namespace {

struct BenchOptions {
  benchmarks::W1Options w1;
  bool native = false;
};

// Redraws one line on a terminal; silent elsewhere.
void show_progress(std::uint64_t done, std::uint64_t all, bool end) {
  constexpr int width = 40;
  const int filled = static_cast<int>(done * width / (all > 0 ? all : 1));
  std::fprintf(stderr, "\r[%-*.*s] %llu/%llu%s", width, filled,
               "########################################", static_cast<unsigned long long>(done),
               static_cast<unsigned long long>(all), end ? "\n" : "");
}

int run_w1(Context& context, BenchOptions options) {
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  if (terminal) {
    options.w1.progress = [all = options.w1.workflows](std::uint64_t done) {
      show_progress(done, all, false);
    };
  }
  const auto measured = benchmarks::run_w1_native(options.w1);
  if (terminal) show_progress(measured ? options.w1.workflows : 0, options.w1.workflows, true);
  if (!measured) {
    return report(context, exit_error, "the benchmark failed: " + measured.error().what,
                  "look at the disk's free space, or name another folder with --folder");
  }
  if (context.json) {
    context.out << benchmarks::to_json(*measured).dump() << '\n';
  } else {
    context.out << benchmarks::to_table(*measured);
  }
  return exit_ok;
}

int run_decide(Context& context, std::uint64_t workflows) {
  const auto figures = benchmarks::run_decide(workflows);
  if (!figures) {
    return report(context, exit_error, "the benchmark failed: " + figures.error().what,
                  "run it again; if it fails each time, `endure version` belongs into the report");
  }
  if (context.json) {
    context.out << benchmarks::to_json(*figures).dump() << '\n';
  } else {
    context.out << benchmarks::to_table(*figures);
  }
  return exit_ok;
}

void add_decide(CLI::App& bench, Context& context) {
  const auto workflows = std::make_shared<std::uint64_t>(2'000);
  CLI::App* verb = add_verb(bench, "decide", "The time of one decision, and a snapshot's size",
                            "  endure bench decide --output json");
  verb->add_option("--workflows", *workflows, "How many in all")
      ->check(CLI::Range(10, 10'000'000))
      ->capture_default_str();
  on_run(verb, context, [&context, workflows] { return run_decide(context, *workflows); });
}

}  // namespace

void add_bench_verb(CLI::App& app, Context& context) {
  CLI::App* bench = add_group(app, "bench", "Measure this build on this machine");
  const auto add = [&](const char* name, const char* what, std::uint64_t workflows,
                       std::uint32_t concurrency) {
    const auto options = std::make_shared<BenchOptions>();
    options->w1.workflows = workflows;
    options->w1.concurrency = concurrency;
    CLI::App* verb = add_verb(*bench, name, what,
                              "  endure bench w1 --native --workflows 20000 --concurrency 256\n"
                              "  endure bench w1b --native --output json");
    verb->add_flag("--native", options->native, "Steps by functions inside the node (the default)");
    verb->add_option("--workflows", options->w1.workflows, "How many in all")
        ->check(CLI::Range(1, 100'000'000))
        ->capture_default_str();
    verb->add_option("--concurrency", options->w1.concurrency, "How many in flight")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str();
    verb->add_option("--folder", options->w1.folder,
                     "Where the scratch volume is made (else the temporary folder)");
    verb->add_option("--rogue", options->w1.rogue_expression,
                     "An expression that further workflows run meanwhile: '[range(1e12)]'");
    on_run(verb, context, [&context, options] { return run_w1(context, *options); });
  };
  add("w1", "Throughput: four durable steps a workflow, many in flight", 20'000, 256);
  add("w1b", "Latency: the same with one in flight", 2'000, 1);
  add_decide(*bench, context);
}

}  // namespace endure::cli
