#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "runtime/log.hpp"
#include "tests/support/catch.hpp"

using namespace endure;

TEST_CASE("a JSON line carries numbers and truth values as such") {
  const std::vector<Field> fields{{"workflow", "agents/p"}, {"attempt", 3}, {"paused", false}};
  CHECK(to_json_line("2026-01-31T12:00:00.000Z", Level::warning, "step failed", fields) ==
        R"({"time":"2026-01-31T12:00:00.000Z","level":"warning","fact":"step failed",)"
        R"("workflow":"agents/p","attempt":3,"paused":false})");
}

TEST_CASE("a JSON line stays one valid line whatever its values hold") {
  const std::vector<Field> fields{{"what", "a\nb\"c\xff"}};
  const std::string line = to_json_line("t", Level::info, "x", fields);
  CHECK(line.find('\n') == std::string::npos);
  CHECK(nlohmann::json::parse(line)["what"] == "a\nb\"c\xef\xbf\xbd");
}

TEST_CASE("facts at or above the level are added to the log file") {
  char name[] = "/tmp/endure-log-XXXXXX";
  REQUIRE(mkdtemp(name) != nullptr);
  const std::string file = std::string(name) + "/endure.log";
  for (int run = 0; run < 2; ++run) {
    REQUIRE(open_log({Level::warning, false, file}));
    log(Level::info, "unheard");
    log(Level::error, "heard", {{"run", run}});
    close_log();
  }
  std::ifstream in(file);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  std::filesystem::remove_all(name);
  CHECK(text.find("unheard") == std::string::npos);
  CHECK(text.find(" error heard run=0\n") != std::string::npos);
  CHECK(text.find(" error heard run=1\n") != std::string::npos);
}

TEST_CASE("a log file that cannot be opened is an error with its name") {
  const auto opened = open_log({Level::info, false, "/proc/no/such/file.log"});
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == Code::io);
  CHECK(opened.error().where == "/proc/no/such/file.log");
}
