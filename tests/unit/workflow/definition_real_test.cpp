// The parser with the real expression compiler.

#include <filesystem>

#include "tests/support/definitions.hpp"
#include "workflow/expressions.hpp"

namespace endure::workflow::test {

namespace {

namespace fs = std::filesystem;

fs::path project() {
  fs::path at = fs::current_path();
  while (at != at.root_path() && !fs::exists(at / "CMakePresets.json")) at = at.parent_path();
  return at;
}

}  // namespace

TEST_CASE("the example's definition is sound") {
  const fs::path path = project() / "examples/social_media_agent/workflow.yaml";
  if (!fs::exists(path)) {
    WARN("skipped: " + path.filename().string() + " of the example was not found");
    return;
  }
  const auto expressions = make_expressions();
  const auto parsed = parse_definition(read_file(path), *expressions);
  if (!parsed) FAIL(listed(parsed.error()));
  CHECK((*parsed)->initial_status == "RECEIVED");
  CHECK_FALSE((*parsed)->queues.empty());
}

TEST_CASE("jq that does not compile is refused where it stands") {
  const auto expressions = make_expressions();
  const auto parsed = parse_definition(
      with_tasks("- a:\n    if: .x ==\n    set:\n      y: '${ .ok }'\n      z: '${ map( }'\n"),
      *expressions);
  REQUIRE_FALSE(parsed);
  REQUIRE(parsed.error().size() == 2);
  CHECK(parsed.error()[0].pointer == "/do/0/a/if");
  CHECK(parsed.error()[0].line == 8);
  CHECK(parsed.error()[1].pointer == "/do/0/a/set/z");
  CHECK(parsed.error()[1].line == 11);
}

}  // namespace endure::workflow::test
