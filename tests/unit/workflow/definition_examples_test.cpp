// The specification's own examples: each is read, or refused for the features that are named here
// and for nothing else. They lie outside this repository; without them the tests say so and pass.

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "tests/support/definitions.hpp"
#include "tests/unit/workflow/definition_dump.hpp"
#include "workflow/definition_schema.hpp"
#include "workflow/json_schema.hpp"
#include "workflow/parse/document.hpp"

namespace endure::workflow::test {

namespace {

namespace fs = std::filesystem;

// What each refused example needs that this version does not run.
const std::map<std::string, std::set<std::string>> needs = {
    {"call-asyncapi-subscribe-consume-amount",
     {"the protocol `ws` of `call: asyncapi` (it speaks http)"}},
    {"call-grpc", {"`call: grpc`"}},
};

// `../shared/open-workflow/<folder>` beside the project, wherever the test runs.
std::optional<fs::path> data_folder(const std::string& folder) {
  for (fs::path at = fs::current_path(); at != at.root_path(); at = at.parent_path()) {
    if (!fs::exists(at / "CMakePresets.json")) continue;
    const fs::path data = at.parent_path() / "shared/open-workflow" / folder;
    if (fs::is_directory(data)) return data;
  }
  WARN("skipped: there is no ../shared/open-workflow/" + folder + " beside the project");
  return std::nullopt;
}

// The function that one of the examples names at a URL.
MapResources& log_function() {
  static MapResources resources(ResolvedResources{
      {"https://raw.githubusercontent.com/serverlessworkflow/catalog/main/functions/log/1.0.0/"
       "function.yaml",
       "input: {schema: {format: json, document: {type: object, required: [message]}}}\n"
       "call: log\n"}});
  return resources;
}

std::set<std::string> features_missing(const std::vector<Problem>& problems) {
  std::set<std::string> features;
  for (const Problem& problem : problems) {
    const std::size_t end = problem.what.find(" is not supported by this version of Endure");
    INFO(to_string(problem));
    CHECK(end != std::string::npos);  // any other problem: the example itself would be wrong
    CHECK(problem.line > 0);
    features.insert(problem.what.substr(0, end));
  }
  return features;
}

}  // namespace

TEST_CASE("every example of the specification is read, or refused for what is not supported") {
  const auto folder = data_folder("examples");
  if (!folder) return;
  std::size_t examples = 0;
  for (const auto& entry : fs::directory_iterator(*folder)) {
    ++examples;
    const std::string name = entry.path().stem();
    const Parsed parsed = parse(read_file(entry.path()), {}, &log_function());
    INFO(name);
    INFO((parsed ? "" : listed(parsed.error())));
    const auto expected = needs.find(name);
    REQUIRE(parsed.has_value() == (expected == needs.end()));
    if (!parsed) CHECK(features_missing(parsed.error()) == expected->second);
  }
  CHECK(examples == 68);
}

TEST_CASE("an example gives the same model when it is written as JSON") {
  const auto folder = data_folder("examples");
  if (!folder) return;
  for (const auto& entry : fs::directory_iterator(*folder)) {
    const Parsed yaml = parse(read_file(entry.path()), {}, &log_function());
    if (!yaml) continue;
    INFO(entry.path().stem());
    const Parsed json = parse((*yaml)->document->dump(2), {}, &log_function());
    INFO((json ? "" : listed(json.error())));
    REQUIRE(json);
    CHECK(dump(**json) == dump(**yaml));
  }
}

TEST_CASE("every example that is read fits the schema for editors, and no invalid document does") {
  const auto schema = JsonSchema::compile(definition_schema());
  if (!schema) FAIL(to_string(schema.error()));
  const auto folder = data_folder("examples");
  const auto invalid = data_folder("invalid");
  if (!folder || !invalid) return;
  const auto findings = [&](const fs::path& path) {
    const auto document = parse::read_document(read_file(path), {});
    REQUIRE(document);
    return to_string((*schema)->check(document->json));
  };
  for (const auto& entry : fs::directory_iterator(*folder)) {
    INFO(entry.path().stem());
    CHECK(findings(entry.path()) == "");  // also those that another version will read
  }
  for (const auto& entry : fs::directory_iterator(*invalid)) {
    INFO(entry.path().stem());
    CHECK(findings(entry.path()) != "");
  }
}

TEST_CASE("the invalid documents of the specification are refused where they are wrong") {
  const auto folder = data_folder("invalid");
  if (!folder) return;
  const auto first_problem = [&](const std::string& name) {
    const Parsed parsed = parse(read_file(*folder / (name + ".yaml")));
    INFO(name);
    REQUIRE_FALSE(parsed);
    return listed(parsed.error());
  };
  CHECK_THAT(first_problem("extra-property-in-call"),
             Catch::StartsWith("line 12, /do/0/getPet/foo: `foo` is not known in a task"));
  CHECK_THAT(first_problem("two-tasks-in-one-item"),
             Catch::StartsWith("line 7, /do/0: expected one named task, found 2 keys"));
  const std::string until = first_problem("listen-any-until-any-until");
  CHECK_THAT(until, Catch::Contains("line 7, /do: the key `do` stands here a second time"));
  CHECK_THAT(until, Catch::Contains("/do/0/callDoctor/listen/to/until/until: an `until` cannot"));
}

}  // namespace endure::workflow::test
