#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "config/show.hpp"
#include "tests/support/catch.hpp"

using namespace endure::config;

namespace {

// The source tree that holds the working folder, which is a build folder below it.
std::filesystem::path source_folder() {
  std::filesystem::path folder = std::filesystem::current_path();
  while (!std::filesystem::exists(folder / "docs/configuration.md")) {
    if (folder == folder.parent_path())
      FAIL("docs/configuration.md is not above the working folder");
    folder = folder.parent_path();
  }
  return folder;
}

std::string contents(const std::filesystem::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("docs/configuration.md is what `endure config reference` prints") {
  CHECK(contents(source_folder() / "docs/configuration.md") == reference());
}

TEST_CASE("the sample configuration is valid and holds the defaults") {
  const auto loaded = load({source_folder() / "config/endure.yaml", {}, {}});
  REQUIRE(loaded);
  const auto plain = load({});
  const auto sample = shown(*loaded);
  const auto expected = shown(*plain);
  for (std::size_t i = 0; i < sample.size(); ++i) CHECK(sample[i].value == expected[i].value);
}

TEST_CASE("what show prints reads back as the same configuration") {
  const auto loaded = load({{},
                            {{"ENDURE_LOG_FILE", "it's a #file: x"},
                             {"ENDURE_ENGINE_REFUSE_STARTS_ABOVE", "0.75"},
                             {"ENDURE_HTTP_ALLOWED_HOSTS", "a.example.org,*"},
                             {"ENDURE_HTTP_TOKENS", "0123456789abcdef"}},
                            {}});
  REQUIRE(loaded);
  char name[] = "/tmp/endure-show-XXXXXX";
  REQUIRE(mkdtemp(name) != nullptr);
  const std::filesystem::path file = std::filesystem::path(name) / "shown.yaml";
  std::ofstream(file) << show(*loaded);
  const auto again = load({file, {}, {}});
  std::filesystem::remove_all(name);
  REQUIRE(again);
  CHECK(again->config.log.file == "it's a #file: x");
  CHECK(again->config.engine.refuse_starts_above == 0.75);
  CHECK(again->config.http.allowed_hosts == std::vector<std::string>{"a.example.org", "*"});
  CHECK(again->config.http.tokens.empty());
}

TEST_CASE("a secret is never shown") {
  const auto loaded = load({{}, {{"ENDURE_HTTP_TOKENS", "0123456789abcdef"}}, {}});
  REQUIRE(loaded);
  CHECK(show(*loaded).find("0123456789abcdef") == std::string::npos);
  CHECK(show(*loaded).find("(1 set)") != std::string::npos);
}

TEST_CASE("each value is shown with where it comes from") {
  const auto loaded = load({{}, {}, {{"data.folder", "/x", "--data"}}});
  REQUIRE(loaded);
  const std::string text = show(*loaded);
  const auto at = text.find("  folder: /x  ");
  REQUIRE(at != std::string::npos);
  CHECK(text.substr(at, text.find('\n', at) - at).ends_with("# --data"));
  CHECK(shown(*loaded).front().origin == "default");
}

TEST_CASE("every setting has a name of its own, a sentence and a variable") {
  Config config;
  const Declarations declared = declare(config);
  std::set<std::string> names;
  for (const Setting& setting : declared.settings) {
    CAPTURE(setting.name);
    CHECK(names.insert(setting.name).second);
    CHECK(setting.doc.ends_with("."));
    CHECK(setting.env().starts_with("ENDURE_"));
  }
}
