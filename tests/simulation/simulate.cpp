// The engine over a simulated world, seed by seed.
//
//   endure_simulate [--seeds N] [--from SEED] [--ticks N] [--again] [--first]
//
// Each seed is a run of its own (world.hpp). One that fails is printed with what was illegal, and
// replays exactly by `--from SEED --seeds 1`. --again runs every seed twice and demands the same
// run. Exit codes: 0 all held; 1 a seed did not.
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <span>
#include <string>
#include <string_view>

#include "base/log.hpp"
#include "tests/simulation/world.hpp"
#include "workflow/expressions.hpp"

namespace {

struct Options {
  std::uint32_t seeds = 300;
  std::uint32_t from = 1;
  std::uint32_t ticks = 1'500;
  bool again = false;
  bool first = false;
};

Options read(int count, char** arguments) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string name = arguments[i];
    if (name == "--again" || name == "--first") {
      (name == "--again" ? options.again : options.first) = true;
      continue;
    }
    if (i + 1 == count) break;
    const auto value = static_cast<std::uint32_t>(std::strtoul(arguments[++i], nullptr, 10));
    if (name == "--seeds") options.seeds = value;
    if (name == "--from") options.from = value;
    if (name == "--ticks") options.ticks = value;
  }
  return options;
}

}  // namespace

int main(int count, char** arguments) {
  using endure::simulation::World;
  const Options options = read(count, arguments);
  endure::set_log_sink([](endure::Level, std::string_view, std::span<const endure::Field>) {});
  const auto expressions = endure::workflow::make_expressions();
  std::uint64_t failed = 0;
  std::uint64_t deaths = 0;
  std::uint64_t workflows = 0;
  for (std::uint32_t i = 0; i < options.seeds; ++i) {
    const std::uint32_t seed = options.from + i;
    World world({seed, options.ticks}, *expressions);
    auto problems = world.run();
    if (options.again) {
      World twin({seed, options.ticks}, *expressions);
      twin.run();
      if (twin.fingerprint() != world.fingerprint()) problems.push_back("it does not replay");
    }
    deaths += world.deaths();
    workflows += world.workflows();
    if (problems.empty()) continue;
    ++failed;
    std::cout << "seed " << seed << ":\n";
    for (const auto& problem : problems) std::cout << "  " << problem << '\n';
    std::cout.flush();
    if (options.first) return 1;
  }
  std::cout << options.seeds << " seeds from " << options.from << ", " << workflows
            << " workflows, " << deaths << " deaths of the node, " << failed << " seeds failed\n";
  return failed == 0 ? 0 : 1;
}
