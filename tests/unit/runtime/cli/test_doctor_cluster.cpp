#include "runtime/cli/doctor.hpp"
#include "tests/support/catch.hpp"

using namespace endure::cli;

namespace {

Json whole() {
  return Json::parse(R"({
    "cluster": "prod", "node": "a", "born": true, "waits_for": [],
    "nodes": [{"node": "a", "state": "self", "version": "1.0.0"},
              {"node": "b", "state": "up", "version": "1.0.0", "since_ms": 5000, "address": "tcp://b:1",
               "same_definitions": true}],
    "shards": [{"shard": 0, "owner": "a", "epoch": 1}, {"shard": 1, "owner": "b", "epoch": 1}],
    "relay": {"waiting": 0, "oldest_ms": 0}, "definition_conflicts": []})");
}

std::vector<std::string> kinds(const Json& status) {
  std::vector<std::string> out;
  for (const auto& finding : examine_cluster(status)) {
    CHECK_FALSE(finding.next.empty());
    out.push_back(finding.kind);
  }
  return out;
}

using Kinds = std::vector<std::string>;

}  // namespace

TEST_CASE("a whole cluster has no findings", "[doctor]") {
  CHECK(kinds(whole()).empty());
}

TEST_CASE("each thing that is wrong between nodes is a finding", "[doctor]") {
  auto status = whole();
  status["nodes"][1]["state"] = "greeting";
  CHECK(kinds(status) == Kinds{"absent_node"});
  status["nodes"][1]["state"] = "refused";
  status["nodes"][1]["refusal"] = "another cluster";
  CHECK(kinds(status) == Kinds{"refused_node"});
  CHECK(examine_cluster(status).front().cause == "another cluster");

  status = whole();
  status["nodes"][1]["version"] = "1.1.0";
  CHECK(kinds(status) == Kinds{"mixed_versions"});
  status = whole();
  status["nodes"][1]["same_definitions"] = false;
  CHECK(kinds(status) == Kinds{"definitions"});
  status = whole();
  status["shards"][1]["owner"] = "";
  CHECK(kinds(status) == Kinds{"unknown_shards"});
  status = whole();
  status["relay"] = Json::parse(R"({"waiting": 7, "oldest_ms": 120000})");
  CHECK(kinds(status) == Kinds{"waiting_messages"});
  status = whole();
  status["definition_conflicts"] = {"agents/post:1.0.0 on b"};
  CHECK(kinds(status) == Kinds{"definition_conflict"});
  status = whole();
  status["members"] = Json::parse(R"({"differences": ["x stands in cluster.nodes and …"],
                                      "conflict": "", "decider": "a", "gone": []})");
  CHECK(kinds(status) == Kinds{"other_nodes"});
  status["members"]["differences"] = Json::array();
  status["members"]["conflict"] = "the number 2 is that of c here";
  CHECK(kinds(status) == Kinds{"member_conflict"});
  status = whole();
  status["born"] = false;
  CHECK(kinds(status) == Kinds{"unborn_cluster"});
}
