#include "benchmarks/workflows.hpp"

#include "workflow/value/packed_object.hpp"

namespace endure::benchmarks {

using workflow::Json;
using workflow::Value;

Json w1_input(std::uint64_t n, std::size_t text_bytes) {
  return {{"id", "post-" + std::to_string(n)},
          {"author", {{"name", "A. Benchmark"}, {"followers", 4711}}},
          {"text", std::string(text_bytes, 'x')},
          {"language", "en"},
          {"score", 0.75},
          {"tags", {"alpha", "beta", "gamma"}}};
}

Value w1_step(std::string_view queue, const Value& arguments) {
  static const Value done(Json("done by the benchmark's worker"));
  return with_member(member(arguments, "post"), queue, done);
}

}  // namespace endure::benchmarks
