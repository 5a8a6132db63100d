#include <iostream>

#include "runtime/cli/cli.hpp"

int main(int argc, char** argv) {
  endure::SystemClock clock;
  endure::cli::Context context{
      std::cin, std::cout, std::cerr, endure::config::process_environment(), clock, {}, {}};
  return endure::cli::run({argv + 1, argv + argc}, context);
}
