#include "benchmarks/workflows.hpp"

#include <utility>

namespace endure::benchmarks {

using workflow::Json;

Json w1_input(std::uint64_t n, std::size_t text_bytes) {
  return {{"id", "post-" + std::to_string(n)},
          {"author", {{"name", "A. Benchmark"}, {"followers", 4711}}},
          {"text", std::string(text_bytes, 'x')},
          {"language", "en"},
          {"score", 0.75},
          {"tags", {"alpha", "beta", "gamma"}}};
}

Json w1_step(std::string_view queue, const Json& arguments) {
  Json out = arguments.at("post");
  out[std::string(queue)] = "done by the benchmark's worker";
  return out;
}

}  // namespace endure::benchmarks
