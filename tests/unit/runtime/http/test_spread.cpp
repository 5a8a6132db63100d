// The API in a cluster: three nodes in one process, each over an engine and a store of its own.
#include "runtime/http/spread.hpp"

#include <atomic>
#include <chrono>
#include <set>
#include <thread>

#include "tests/support/api_fixture.hpp"

using namespace endure;
using namespace endure::testing;
using nlohmann::json;

namespace {

constexpr std::uint32_t shards = 6;

struct Nodes;

class FakeFellows final : public http::Fellows {
 public:
  FakeFellows(Nodes& nodes, std::string name) : nodes_(nodes), name_(std::move(name)) {}

  const std::string& self() const override { return name_; }
  std::vector<std::string> others() const override;
  std::uint32_t shards() const override { return ::shards; }
  std::optional<Error> not_yet() const override { return unborn; }
  bool is_here(Shard shard) const override;
  std::string owner(Shard shard) const override;
  void learn(Shard shard, const std::string& owner, std::uint64_t /*epoch*/) override {
    believes[shard] = owner;
  }
  std::uint64_t epoch(Shard) const override { return 1; }
  void ask(const std::string& node, const http::Request& request, std::int64_t timeout_ms,
           actors::Reply<http::Response> reply) override;
  void spread_definitions() override { ++spreads; }
  MemberList members() const override { return unborn ? MemberList() : born_with({"a", "b", "c"}); }
  void change_members(const std::string& node, const std::optional<std::string>& address,
                      actors::Reply<workflow::Json> reply) override {
    changed.push_back(node + (address ? "=" + *address : " goes"));
    reply(change_answer);
  }
  void want_shard(Shard shard, const std::string& node, actors::Reply<void> reply) override {
    if (!is_here(shard)) return reply(fail(Code::conflict, "it is not this node's"));
    wanted[shard] = node;
    reply({});
  }
  std::vector<Placement> placements() const override {
    std::vector<Placement> out;
    for (Shard shard = 0; shard < ::shards; ++shard) out.push_back({owner(shard), ""});
    return out;
  }
  workflow::Json status() const override { return {{"node", name_}}; }

  std::optional<Error> unborn;
  std::map<Shard, std::string> believes;  // what it guesses wrongly
  std::map<Shard, std::string> wanted;    // where its shards shall go
  int spreads = 0;
  int asked = 0;
  std::vector<std::string> changed;
  Result<workflow::Json> change_answer = workflow::Json{{"changed", true}};

 private:
  Nodes& nodes_;
  const std::string name_;
};

struct TestNode {
  TestNode(Nodes& nodes, const std::string& name)
      : fellows(nodes, name), api(config_with(fellows)) {}
  static http::ApiConfig config_with(FakeFellows& fellows) {
    auto config = quick_config();
    config.limits.call_deadline_ms = 2'000;
    config.fellows = &fellows;
    return config;
  }
  std::size_t started() const { return api.engine.calls().started.size(); }

  FakeFellows fellows;
  ApiFixture api;
};

struct Nodes {
  Nodes() {
    for (const char* name : {"a", "b", "c"}) {
      all.emplace(name, std::make_unique<TestNode>(*this, name));
    }
  }
  TestNode& operator[](const std::string& name) { return *all.at(name); }
  // The shard's owner in truth.
  static std::string owner(Shard shard) {
    return std::string(1, static_cast<char>('a' + shard % 3));
  }
  // An id whose workflow belongs to the node.
  static std::string id_of(const std::string& node, int nth = 0) {
    for (int i = 0;; ++i) {
      const std::string id = "w" + std::to_string(i);
      if (owner(shard_of({"default", id}, shards)) == node && nth-- == 0) return id;
    }
  }
  static Shard shard_at(const std::string& node) { return static_cast<Shard>(node[0] - 'a'); }

  std::map<std::string, std::unique_ptr<TestNode>> all;
  std::set<std::string> away;
  std::atomic<int> frozen = -1;  // a shard that nobody serves now
};

std::vector<std::string> FakeFellows::others() const {
  std::vector<std::string> out;
  for (const auto& [name, node] : nodes_.all) {
    if (name != name_) out.push_back(name);
  }
  return out;
}
bool FakeFellows::is_here(Shard shard) const {
  return Nodes::owner(shard) == name_ && nodes_.frozen != static_cast<int>(shard);
}
std::string FakeFellows::owner(Shard shard) const {
  const auto guess = believes.find(shard);
  return guess == believes.end() ? Nodes::owner(shard) : guess->second;
}
void FakeFellows::ask(const std::string& node, const http::Request& request,
                      std::int64_t /*timeout_ms*/, actors::Reply<http::Response> reply) {
  ++asked;
  if (nodes_.away.contains(node)) {
    return reply(fail(Code::retry_later, "the node " + node + " is away", node));
  }
  auto passed = request;
  passed.from_node = name_;
  reply(nodes_[node].api.api.handle(passed));
}

json start_of(const std::string& id) {
  return {{"id", id}, {"definition", "d"}};
}

}  // namespace

TEST_CASE("one node decides about nodes, and whoever is asked passes it on", "[spread]") {
  Nodes nodes;
  nodes["a"].fellows.change_answer = json{{"node", "d"}, {"number", 3}, {"changed", true}};
  const json body = {{"node", "d"}, {"address", "tcp://10.0.0.4:7452"}};
  CHECK(nodes["a"].api.post("/v1/cluster/nodes", body).status == 201);
  CHECK(nodes["b"].api.post("/v1/cluster/nodes", body).status == 201);
  CHECK(nodes["a"].fellows.changed ==
        std::vector<std::string>{"d=tcp://10.0.0.4:7452", "d=tcp://10.0.0.4:7452"});
  CHECK(nodes["b"].fellows.changed.empty());
  nodes["a"].fellows.change_answer = json{{"changed", false}};
  CHECK(nodes["c"].api.post("/v1/cluster/nodes", body).status == 200);
  CHECK(nodes["c"].api.post("/v1/cluster/nodes/d/remove", json::object()).status == 200);
  CHECK(nodes["a"].fellows.changed.back() == "d goes");
  nodes["a"].fellows.change_answer = fail(Code::conflict, "d still has 3 shards", "d");
  CHECK(nodes["b"].api.post("/v1/cluster/nodes/d/remove", json::object()).status == 409);

  nodes.away.insert("a");
  const auto away = nodes["b"].api.post("/v1/cluster/nodes", body);
  CHECK(away.status == 503);
  CHECK(json::parse(away.body)["node"] == "a");
  nodes["b"].fellows.unborn = Error{Code::retry_later, "it has not begun", ""};
  CHECK(nodes["b"].api.post("/v1/cluster/nodes", body).status == 503);
}

TEST_CASE("names and addresses of nodes are checked before anybody is asked", "[spread]") {
  Nodes nodes;
  for (const char* wrong : {R"({"node": "d"})", R"({"node": "d/e", "address": "tcp://h:1"})",
                            R"({"node": "d", "address": "10.0.0.4:7452"})",
                            R"({"node": "d", "address": "tcp://10.0.0.4:0"})",
                            R"({"node": "", "address": "tcp://h:1"})"}) {
    CAPTURE(wrong);
    CHECK(nodes["b"].api.post("/v1/cluster/nodes", json::parse(wrong)).status == 400);
  }
  CHECK(nodes["a"].fellows.changed.empty());
}

TEST_CASE("a start goes to the node that owns its name, whichever takes it", "[spread]") {
  Nodes nodes;
  for (const char* owner : {"a", "b", "c"}) {
    const auto answer = nodes["a"].api.post("/v1/workflows", start_of(Nodes::id_of(owner)));
    CHECK(answer.status == 201);
    CHECK(nodes[owner].started() == 1);
  }
  CHECK(nodes["a"].fellows.asked == 2);
}

TEST_CASE("a start without an id gets one before it is placed", "[spread]") {
  Nodes nodes;
  for (int i = 0; i < 20; ++i) {
    const auto answer = nodes["b"].api.post("/v1/workflows", {{"definition", "d"}});
    REQUIRE(answer.status == 201);
    const auto id = json_of(answer)["id"].get<std::string>();
    const auto owner = Nodes::owner(shard_of({"default", id}, shards));
    CHECK(nodes[owner].api.engine.calls().started.back().name.id == id);
  }
}

TEST_CASE("what is wrong with a call is said by the node that took it", "[spread]") {
  Nodes nodes;
  CHECK(nodes["a"].api.post("/v1/workflows", {{"idd", "x"}}).status == 400);
  CHECK(nodes["a"].api.get("/v1/workflows?limit=x").status == 400);
  CHECK(nodes["a"].api.get("/v1/workflows?cursor=nonsense").status == 400);
  CHECK(nodes["a"].fellows.asked == 0);
}

TEST_CASE("while the owner is away its calls are answered 503 with its name", "[spread]") {
  Nodes nodes;
  nodes.away = {"b"};
  const auto answer = nodes["a"].api.post("/v1/workflows", start_of(Nodes::id_of("b")));
  CHECK(answer.status == 503);
  CHECK_FALSE(header_of(answer, "Retry-After").empty());
  CHECK(json_of(answer)["node"] == "b");
  CHECK(nodes["a"].api.post("/v1/workflows", start_of(Nodes::id_of("c"))).status == 201);
}

TEST_CASE("a wrong guess is answered with a better one", "[spread]") {
  Nodes nodes;
  const auto id = Nodes::id_of("b");
  const Shard shard = shard_of({"default", id}, shards);
  nodes["a"].fellows.believes[shard] = "c";
  CHECK(nodes["a"].api.post("/v1/workflows", start_of(id)).status == 201);
  CHECK(nodes["b"].started() == 1);
  CHECK(nodes["c"].started() == 0);
  CHECK(nodes["a"].fellows.owner(shard) == "b");
  // Nobody is right: it ends, and says so.
  nodes["a"].fellows.believes[shard] = "c";
  nodes["c"].fellows.believes[shard] = "c";
  CHECK(nodes["a"].api.post("/v1/workflows", start_of(id + "x")).status != 500);
  const auto lost = nodes["a"].api.get("/v1/workflows/default/" + id);
  CHECK(lost.status == 503);
}

TEST_CASE("a call waits for a shard that is on its way from node to node", "[spread]") {
  Nodes nodes;
  for (const char* asked : {"a", "b"}) {  // its owner, and another one
    const auto id = Nodes::id_of("b", asked[0] - 'a');
    nodes.frozen = static_cast<int>(shard_of({"default", id}, shards));
    std::thread thaw([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      nodes.frozen = -1;
    });
    const auto answer = nodes[asked].api.post("/v1/workflows", start_of(id));
    thaw.join();
    CHECK(answer.status == 201);
  }
  CHECK(nodes["b"].started() == 2);
  // For ever it does not.
  nodes.frozen = static_cast<int>(shard_of({"default", Nodes::id_of("b", 5)}, shards));
  const auto answer = nodes["b"].api.post("/v1/workflows", start_of(Nodes::id_of("b", 5)));
  CHECK(answer.status == 503);
  CHECK_FALSE(header_of(answer, "Retry-After").empty());
}

TEST_CASE("shards are told to go by whoever is asked, at their owners", "[spread]") {
  Nodes nodes;
  const auto path = [](Shard shard) {
    return "/v1/cluster/shards/" + std::to_string(shard) + "/move";
  };
  auto answer = nodes["a"].api.post(path(1), {{"node", "c"}});  // b's
  CHECK(answer.status == 202);
  CHECK(json_of(answer)["owner"] == "b");
  CHECK(nodes["b"].fellows.wanted == std::map<Shard, std::string>{{1, "c"}});
  CHECK(nodes["a"].api.post(path(0), {{"node", "b"}}).status == 202);
  CHECK(nodes["a"].fellows.wanted == std::map<Shard, std::string>{{0, "b"}});
  CHECK(nodes["a"].api.post(path(0), {{"node", "z"}}).status == 404);
  CHECK(nodes["a"].api.post(path(shards), {{"node", "b"}}).status == 400);
  CHECK(nodes["a"].api.post(path(0), json::object()).status == 400);
  // a believes that it is c's, who refuses.
  nodes["a"].fellows.believes[1] = "c";
  CHECK(nodes["a"].api.post(path(1), {{"node", "a"}}).status == 409);

  nodes["c"].fellows.believes.clear();
  const auto drained = json_of(nodes["c"].api.post("/v1/cluster/nodes/b/drain", json::object()));
  CHECK(drained["moves"].size() == 2);
  CHECK(drained["refused"].empty());
  CHECK(nodes["b"].fellows.wanted.size() == 2);
  CHECK(nodes["c"].api.post("/v1/cluster/nodes/z/drain", json::object()).status == 404);
  const auto even = json_of(nodes["c"].api.post("/v1/cluster/rebalance", json::object()));
  CHECK(even["moves"].empty());
}

TEST_CASE("a batch is split by node, and answered in its own order", "[spread]") {
  Nodes nodes;
  nodes.away = {"c"};
  json items = json::array();
  for (int i = 0; i < 4; ++i) {
    for (const char* owner : {"a", "b", "c"}) items.push_back(start_of(Nodes::id_of(owner, i)));
  }
  items.push_back({{"id", 7}});
  const auto answer = nodes["a"].api.post("/v1/workflows/batch", {{"items", items}});
  REQUIRE(answer.status == 200);
  const auto body = json_of(answer);
  REQUIRE(body["items"].size() == 13);
  CHECK(body["refused"] == 5);
  for (std::size_t i = 0; i < 12; ++i) {
    const auto& one = body["items"][i];
    if (i % 3 == 2) {
      CHECK(one["error"]["node"] == "c");
      CHECK(one["error"]["status"] == 503);
    } else {
      CHECK(one["workflow"]["id"] == items[i]["id"]);
    }
  }
  CHECK(body["items"][12]["error"]["status"] == 400);
  CHECK(nodes["a"].started() == 4);
  CHECK(nodes["b"].started() == 4);
}

TEST_CASE("a list is merged newest first, page by page, and says who is missing", "[spread]") {
  Nodes nodes;
  // sample workflows are created at 1000 + number milliseconds
  for (WorkflowNumber number = 1; number <= 30; ++number) {
    const std::string node(1, static_cast<char>('a' + number % 3));
    nodes[node].api.commit({persistence::transition_to(persistence::sample_snapshot(number, 1))});
  }
  std::vector<WorkflowNumber> listed;
  std::string target = "/v1/workflows?limit=7";
  for (int pages = 0; pages < 10; ++pages) {
    const auto page = json_of(nodes["b"].api.get(target));
    CHECK_FALSE(page.contains("missing"));
    for (const auto& item : page["items"]) listed.push_back(item["number"].get<WorkflowNumber>());
    if (page["next_cursor"].is_null()) break;
    target = "/v1/workflows?limit=7&cursor=" + page["next_cursor"].get<std::string>();
  }
  REQUIRE(listed.size() == 30);
  for (std::size_t i = 0; i < 30; ++i) CHECK(listed[i] == 30 - i);

  nodes.away = {"c"};
  const auto part = json_of(nodes["b"].api.get("/v1/workflows?limit=100"));
  CHECK(part["items"].size() == 20);
  REQUIRE(part["missing"].size() == 1);
  CHECK(part["missing"][0]["node"] == "c");
}

TEST_CASE("dead letters come node by node; one that is away costs no page of the others",
          "[spread]") {
  Nodes nodes;
  for (WorkflowNumber number = 1; number <= 12; ++number) {
    const std::string node(1, static_cast<char>('a' + number % 3));
    nodes[node].api.store_dead_letter(number, "enrich");
  }
  nodes.away = {"a"};
  std::set<std::string> seen;
  std::size_t missing = 0;
  std::string target = "/v1/dead?limit=3";
  for (int pages = 0; pages < 10; ++pages) {
    const auto page = json_of(nodes["b"].api.get(target));
    for (const auto& item : page["items"]) {
      CHECK(seen.insert(item["workflow"].get<std::string>()).second);
    }
    missing += page.contains("missing");
    if (page["next_cursor"].is_null()) break;
    target = "/v1/dead?limit=3&cursor=" + page["next_cursor"].get<std::string>();
  }
  // those of b and c
  CHECK(seen == std::set<std::string>{"w-1", "w-2", "w-4", "w-5", "w-7", "w-8", "w-10", "w-11"});
  CHECK(missing == 1);
}

TEST_CASE("queues of all nodes are one", "[spread]") {
  Nodes nodes;
  for (const char* name : {"a", "b"}) {
    actors::QueueView view;
    view.queue = "enrich";
    view.counts.ready = name[0] == 'a' ? 3 : 4;
    view.consumers = 1;
    nodes[name].api.engine.put_queue(view);
  }
  const auto list = json_of(nodes["c"].api.get("/v1/queues"));
  REQUIRE(list["items"].size() == 1);
  CHECK(list["items"][0]["depth"] == 7);
  CHECK(list["items"][0]["consumers"] == 2);
  const auto one = nodes["c"].api.get("/v1/queues/enrich");
  CHECK(one.status == 200);
  CHECK(json_of(one)["depth"] == 7);
  CHECK_FALSE(json_of(one).contains("missing"));
  CHECK(nodes["c"].api.get("/v1/queues/nobody").status == 404);
  nodes.away = {"a"};
  const auto part = json_of(nodes["c"].api.get("/v1/queues/enrich"));
  CHECK(part["depth"] == 4);
  CHECK(part["missing"][0]["node"] == "a");
}

TEST_CASE("a step is ended on the node of its workflow", "[spread]") {
  Nodes nodes;
  const WorkflowNumber number = (5ULL << 20U) | Nodes::shard_at("b");
  nodes["b"].api.engine.push_step(make_step("enrich", number));
  const auto leased = nodes["a"].api.post("/v1/queues/enrich/lease", {{"worker", "w"}});
  REQUIRE(json_of(leased)["steps"].size() == 1);
  const auto token = json_of(leased)["steps"][0]["token"];
  const auto beat = nodes["c"].api.post("/v1/steps/heartbeat", {{"tokens", {token}}});
  CHECK(beat.status == 200);
  const auto done = nodes["c"].api.post("/v1/steps/complete", {{"token", token}, {"result", 1}});
  CHECK(done.status == 200);
  CHECK(nodes["b"].api.engine.calls().completed.size() == 1);
}

TEST_CASE("a run by hand of a schedule stays in the schedule's shard", "[spread]") {
  Nodes nodes;
  std::string name = Nodes::id_of("b");
  const auto elsewhere = nodes["a"].api.post("/v1/schedules/default/" + name + "/trigger",
                                             {{"id", Nodes::id_of("c")}});
  CHECK(elsewhere.status == 400);
  CHECK(json_of(elsewhere)["where"] == "/id");
  nodes["a"].api.post("/v1/schedules/default/" + name + "/trigger", json::object());
  CHECK(nodes["a"].fellows.asked == 1);
}

TEST_CASE("a cluster that has not begun serves nothing but the node itself", "[spread]") {
  Nodes nodes;
  nodes["a"].fellows.unborn = Error{Code::retry_later, "it waits to meet c", ""};
  CHECK(nodes["a"].api.post("/v1/workflows", start_of("x")).status == 503);
  CHECK(nodes["a"].api.get("/v1/workflows").status == 503);
  CHECK(nodes["a"].api.get("/healthz").status == 200);
  CHECK(json_of(nodes["a"].api.get("/v1/cluster"))["node"] == "a");
}

TEST_CASE("without a cluster there is none to show", "[spread]") {
  ApiFixture alone;
  CHECK(alone.get("/v1/cluster").status == 404);
}
