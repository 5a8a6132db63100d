#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "runtime/node_file.hpp"
#include "runtime/version.hpp"
#include "tests/support/catch.hpp"

using namespace endure;

TEST_CASE("node.json tells where the node is, and is removed only by the one that wrote it") {
  char name[] = "/tmp/endure-node-XXXXXX";
  REQUIRE(mkdtemp(name) != nullptr);
  const std::filesystem::path file = std::filesystem::path(name) / "node.json";
  NodeFacts facts;
  facts.folder = name;
  facts.http = "http://127.0.0.1:1234";
  facts.workers = "tcp://127.0.0.1:1235";
  REQUIRE(write_node_file(facts));
  {
    std::ifstream in(file);
    const auto json = nlohmann::json::parse(in);
    CHECK(json["pid"] == getpid());
    CHECK(json["http"] == facts.http);
    CHECK(json["worker"] == facts.workers);
    CHECK(json["version"] == std::string(version()));
  }
  remove_node_file(facts);
  CHECK_FALSE(std::filesystem::exists(file));
  std::ofstream(file) << R"({"pid": 1})";
  remove_node_file(facts);
  CHECK(std::filesystem::exists(file));
  std::filesystem::remove_all(name);
}

TEST_CASE("a folder that cannot be written to is an error with the file's name") {
  NodeFacts facts;
  facts.folder = "/proc/nowhere";
  const auto written = write_node_file(facts);
  REQUIRE_FALSE(written);
  CHECK(written.error().where == "/proc/nowhere/node.json");
}
