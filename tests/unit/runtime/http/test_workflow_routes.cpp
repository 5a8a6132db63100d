#include "tests/support/api_fixture.hpp"

#include <thread>

using namespace endure;
using namespace endure::testing;
using nlohmann::json;

namespace {

void store_workflows(ApiFixture& f, WorkflowNumber count) {
  for (WorkflowNumber number = 1; number <= count; ++number) {
    const auto phase = number % 2 == 0 ? workflow::Phase::running : workflow::Phase::waiting;
    f.commit({persistence::transition_to(persistence::sample_snapshot(number, 1, phase, "NEW"))});
  }
}

actors::WorkflowView running(const WorkflowName& name) {
  actors::WorkflowView view;
  view.summary.name = view.snapshot.name = name;
  view.summary.phase = view.snapshot.phase = workflow::Phase::running;
  return view;
}

}  // namespace

TEST_CASE("a workflow is started with what the request says", "[http]") {
  ApiFixture f;
  const auto response = f.post("/v1/workflows", {{"namespace", "agents"},
                                                 {"id", "post-1"},
                                                 {"definition", "social-post"},
                                                 {"version", "2.0.0"},
                                                 {"input", {{"text", "hi"}}}});
  INFO(response.body);
  CHECK(response.status == 201);
  CHECK(header_of(response, "Location") == "/v1/workflows/agents/post-1");
  const auto answer = json_of(response);
  CHECK(answer["id"] == "post-1");
  CHECK(answer["existed"] == false);
  CHECK(answer["phase"] == "running");
  CHECK(answer["definition"]["version"] == "2.0.0");
  CHECK(answer["created"] == "2023-11-14T22:13:20.000Z");
  const auto started = f.engine.calls().started.at(0);
  CHECK(started.name == WorkflowName{"agents", "post-1"});
  CHECK(started.definition == "social-post");
  CHECK(started.version == "2.0.0");
  CHECK(*started.input == json{{"text", "hi"}});
  CHECK(started.on_conflict == actors::OnConflict::reject);
}

TEST_CASE("absent members of a start have their defaults", "[http]") {
  ApiFixture f;
  const auto answer = json_of(f.post("/v1/workflows", {{"definition", "a"}}));
  CHECK(answer["namespace"] == "default");
  CHECK(answer["id"].get<std::string>().size() == 36);
  const auto started = f.engine.calls().started.at(0);
  CHECK_FALSE(started.version);
  CHECK(*started.input == json::object());
}

TEST_CASE("a taken id is a conflict, or gives the existing workflow", "[http]") {
  ApiFixture f;
  const json body = {{"definition", "a"}, {"id", "x"}};
  CHECK(f.post("/v1/workflows", body).status == 201);
  problem_detail(f.post("/v1/workflows", body), 409, "conflict");
  auto again = body;
  again["on_conflict"] = "return_existing";
  const auto response = f.post("/v1/workflows", again);
  CHECK(response.status == 200);
  CHECK(json_of(response)["existed"] == true);
}

TEST_CASE("a start with wrong members starts nothing", "[http]") {
  auto config = quick_config();
  config.limits.max_id_length = 10;
  ApiFixture f(config);
  const json wrong[] = {{{"id", "x"}},
                        {{"definition", "a"}, {"id", ""}},
                        {{"definition", "a"}, {"id", "a b"}},
                        {{"definition", "a"}, {"id", std::string(201, 'a')}},
                        {{"definition", "a"}, {"id", std::string(11, 'a')}},
                        {{"definition", "a"}, {"namespace", "a/b"}},
                        {{"definition", "a"}, {"namespace", std::string(65, 'a')}},
                        {{"definition", "a"}, {"on_conflict", "replace"}},
                        {{"definition", 7}},
                        {{"definition", "a"}, {"inputs", {}}}};
  for (const auto& body : wrong) {
    INFO(body.dump());
    problem_detail(f.post("/v1/workflows", body), 400, "invalid");
  }
  for (const char* text : {"", "{", "[]", "null", "{\"definition\": \"\xff\"}"}) {
    problem_detail(f.call("POST", "/v1/workflows", text), 400, "invalid");
  }
  const auto deep =
      R"({"definition": "a", "input": )" + std::string(65, '[') + std::string(65, ']') + "}";
  CHECK(mentions(problem_detail(f.call("POST", "/v1/workflows", deep), 400, "invalid"), "deeper"));
  CHECK(f.engine.calls().started.empty());
}

TEST_CASE("workflows are listed newest first, in pages", "[http]") {
  ApiFixture f;
  store_workflows(f, 5);
  const auto first = json_of(f.get("/v1/workflows?limit=2"));
  REQUIRE(first["items"].size() == 2);
  CHECK(first["items"][0]["number"] == 5);
  const auto cursor = first["next_cursor"].get<std::string>();
  const auto second = json_of(f.get("/v1/workflows?limit=10&cursor=" + cursor));
  REQUIRE(second["items"].size() == 3);
  CHECK(second["items"][0]["number"] == 3);
  CHECK(second["next_cursor"].is_null());
}

TEST_CASE("a filtered list is filled up to its limit", "[http]") {
  ApiFixture f;
  store_workflows(f, 8);
  const auto page = json_of(f.get("/v1/workflows?phase=running&limit=3"));
  REQUIRE(page["items"].size() == 3);
  for (const auto& item : page["items"]) CHECK(item["phase"] == "running");
  CHECK(json_of(f.get("/v1/workflows?status=NEW"))["items"].size() == 8);
  CHECK(json_of(f.get("/v1/workflows?status=OLD"))["items"].empty());
  CHECK(json_of(f.get("/v1/workflows?definition=sample&version=1.0.0"))["items"].size() == 8);
  CHECK(json_of(f.get("/v1/workflows?namespace=other"))["items"].empty());
}

TEST_CASE("a list is filtered by time of creation and by age", "[http]") {
  ApiFixture f;  // workflow n was created at second 1 plus n ms of the epoch
  store_workflows(f, 4);
  CHECK(json_of(f.get("/v1/workflows?created_after=1970-01-01T00:00:01.002Z"))["items"].size() < 4);
  CHECK(json_of(f.get("/v1/workflows?older_than_ms=1000"))["items"].size() == 4);
  CHECK(json_of(f.get("/v1/workflows?older_than_ms=1699999999000"))["items"].size() == 0);
}

TEST_CASE("wrong filters are refused by name", "[http]") {
  ApiFixture f;
  const std::pair<const char*, const char*> wrong[] = {{"phase=asleep", "phase"},
                                                       {"limit=0", "limit"},
                                                       {"limit=1001", "limit"},
                                                       {"limit=many", "limit"},
                                                       {"cursor=x", "cursor"},
                                                       {"cursor=-1", "cursor"},
                                                       {"created_after=today", "created_after"},
                                                       {"older_than_ms=-1", "older_than_ms"},
                                                       {"namespace=a%20b", "namespace"}};
  for (const auto& [query, where] : wrong) {
    INFO(query);
    const auto response = f.get(std::string("/v1/workflows?") + query);
    problem_detail(response, 400, "invalid");
    CHECK(json_of(response)["where"] == where);
  }
}

TEST_CASE("a workflow shows its documents and what it waits for, by task", "[http]") {
  ApiFixture f;
  auto definition = std::make_shared<workflow::Definition>();
  definition->ref = {"agents", "social-post", "1.0.0"};
  definition->tasks.resize(2);
  definition->tasks[1].pointer = "/do/0/enrich";
  f.engine.put_definition(definition);
  auto view = running({"agents", "p"});
  view.summary.definition = definition->ref;
  auto& s = view.snapshot;
  s.input = json{{"a", 1}};
  s.context = json{{"b", 2}};
  s.fault = workflow::Fault{"uri", 503, "Down", "", "/do/0"};
  s.timeout = 9;
  workflow::Frame frame;
  frame.task = 1;
  frame.started = {1'000};
  frame.timeout = 4;
  workflow::Branch branch;
  branch.wait = 3;
  branch.frames = {frame};
  s.branches = {branch};
  s.steps = {{3, "enrich", 5, {2'000}, true}};
  s.timers = {{4, {60'000}}, {9, {90'000}}};
  s.listeners = {{3, "review.decided"}};
  f.engine.put_workflow(view);

  const auto answer = json_of(f.get("/v1/workflows/agents/p"));
  CHECK(answer["input"] == json{{"a", 1}});
  CHECK(answer["context"] == json{{"b", 2}});
  CHECK(answer["output"].is_null());
  CHECK(answer["error"]["status"] == 503);
  const auto waits = answer["waiting_for"];
  REQUIRE(waits.size() == 4);
  CHECK(waits[0] == json{{"kind", "step"},
                         {"task", "/do/0/enrich"},
                         {"queue", "enrich"},
                         {"dead", true},
                         {"since", "1970-01-01T00:00:02.000Z"}});
  CHECK(waits[1]["purpose"] == "timeout");
  CHECK(waits[1]["due"] == "1970-01-01T00:01:00.000Z");
  CHECK(waits[1]["task"] == "/do/0/enrich");
  CHECK(waits[2]["purpose"] == "workflow_timeout");
  CHECK(waits[3]["kind"] == "event");
  CHECK(waits[3]["type"] == "review.decided");
  CHECK(waits[3]["since"] == "1970-01-01T00:00:01.000Z");
}

TEST_CASE("a workflow whose definition is gone is still shown", "[http]") {
  ApiFixture f;
  f.engine.put_workflow(running({"agents", "p"}));
  CHECK(f.get("/v1/workflows/agents/p").status == 200);
  problem_detail(f.get("/v1/workflows/agents/q"), 404, "not_found");
}

TEST_CASE("history is given in pages, oldest first", "[http]") {
  ApiFixture f;
  auto snapshot = persistence::sample_snapshot(1, 1);
  auto created = persistence::transition_to(snapshot);
  auto record = persistence::decode_history(created.history).value();
  record.entries = {{workflow::HistoryEntry::Kind::started, "", "test/sample:1.0.0", {}}};
  created.history = persistence::encode_history(record);
  f.commit({created});
  auto next = persistence::sample_snapshot(1, 2, workflow::Phase::running, "DONE");
  f.commit({persistence::transition_to(next, &snapshot)});
  const auto first = json_of(f.get("/v1/workflows/test/w-1/history?limit=1"));
  REQUIRE(first["items"].size() == 1);
  CHECK(first["items"][0]["transition"] == 1);
  CHECK(first["items"][0]["event"] == "started");
  CHECK(first["items"][0]["entries"][0]["data"] == json{{"number", 1}});  // out of the snapshot
  const auto after = std::to_string(first["next_after"].get<int>());
  const auto rest = json_of(f.get("/v1/workflows/test/w-1/history?after=" + after));
  REQUIRE(rest["items"].size() == 1);
  CHECK(rest["items"][0]["transition"] == 2);
  CHECK(rest["next_after"].is_null());
  problem_detail(f.get("/v1/workflows/test/nobody/history"), 404, "not_found");
  problem_detail(f.get("/v1/workflows/test/w-1/history?after=-1"), 400, "invalid");
}

TEST_CASE("a result waits for the end", "[http]") {
  ApiFixture f;
  f.engine.put_workflow(running({"agents", "p"}));
  std::thread ender([&] {
    f.engine.wait_until([&](const auto&) { return true; });
    while (f.engine.awaiting() == 0) std::this_thread::yield();
    f.engine.end_workflow({"agents", "p"}, workflow::Phase::completed, json{{"ok", true}});
  });
  const auto response = f.get("/v1/workflows/agents/p/result?wait_ms=20000");
  ender.join();
  CHECK(response.status == 200);
  CHECK(json_of(response)["phase"] == "completed");
  CHECK(json_of(response)["output"] == json{{"ok", true}});
}

TEST_CASE("a result that does not come in time is a 504", "[http]") {
  ApiFixture f;
  f.engine.put_workflow(running({"agents", "p"}));
  f.engine.answer_with(Error{Code::retry_later, "not yet", ""});
  const auto response = f.get("/v1/workflows/agents/p/result?wait_ms=0");
  CHECK(mentions(problem_detail(response, 504, "retry_later"), "0 ms"));
  problem_detail(f.get("/v1/workflows/agents/p/result?wait_ms=60001"), 400, "invalid");
}

TEST_CASE("a wait for a result ends at once when the node stops", "[http]") {
  ApiFixture f;
  f.engine.put_workflow(running({"agents", "p"}));
  f.ending.request_stop();
  const auto response = f.get("/v1/workflows/agents/p/result?wait_ms=60000");
  CHECK(mentions(problem_detail(response, 503, "retry_later"), "stopping"));
}

TEST_CASE("too many long polls at one time are refused", "[http]") {
  auto config = quick_config();
  config.limits.max_long_polls = 0;
  ApiFixture f(config);
  f.engine.put_workflow(running({"agents", "p"}));
  const auto response = f.get("/v1/workflows/agents/p/result");
  CHECK(mentions(problem_detail(response, 503, "retry_later"), "long polls"));
  problem_detail(f.post("/v1/queues/q/lease", {{"worker", "w"}}), 503, "retry_later");
}

TEST_CASE("a workflow is controlled with a reason", "[http]") {
  ApiFixture f;
  f.engine.put_workflow(running({"agents", "p"}));
  const std::string path = "/v1/workflows/agents/p/";
  CHECK(json_of(f.post(path + "pause", {{"reason", "lunch"}}))["phase"] == "suspended");
  CHECK(json_of(f.call("POST", path + "resume"))["phase"] == "running");
  CHECK(json_of(f.post(path + "cancel", {{"reason", "enough"}}))["cause"] == "enough");
  problem_detail(f.post(path + "terminate", json::object()), 409, "conflict");
  const auto controlled = f.engine.calls().controlled;
  REQUIRE(controlled.size() == 4);
  CHECK(controlled[0].verb == actors::Verb::pause);
  CHECK(controlled[0].reason == "lunch");
  CHECK(controlled[3].verb == actors::Verb::terminate);
  problem_detail(f.post(path + "cancel", {{"reason", std::string(1'001, 'a')}}), 400, "invalid");
  problem_detail(f.post("/v1/workflows/agents/q/cancel", json::object()), 404, "not_found");
}

TEST_CASE("a workflow names its parent and its children, and lists are filtered by parent",
          "[http]") {
  ApiFixture f;
  const auto parent = persistence::sample_snapshot(1, 1);
  auto change = persistence::transition_to(parent);
  auto child = persistence::sample_snapshot(2, 1, workflow::Phase::pending);
  child.name.id = "w-1.3";
  child.parent = workflow::Parent{1, parent.name, 3, true, 1};
  persistence::ChildRow row;
  row.workflow = 2;
  row.name = child.name;
  row.snapshot = persistence::encode_snapshot(child);
  row.history = persistence::transition_to(child).history;
  row.start = {9, persistence::encode_event(workflow::Started{})};
  change.children.push_back(row);
  f.commit({change, persistence::transition_to(persistence::sample_snapshot(5, 1))});

  const auto listed = json_of(f.get("/v1/workflows?parent=test/w-1"))["items"];
  REQUIRE(listed.size() == 1);
  CHECK(listed[0]["id"] == "w-1.3");
  CHECK(listed[0]["parent"] == json({{"namespace", "test"}, {"id", "w-1"}, {"awaits", true}}));
  CHECK(json_of(f.get("/v1/workflows?parent=w-1&namespace=test"))["items"].size() == 1);
  problem_detail(f.get("/v1/workflows?parent=w-1"), 404, "not_found");
  CHECK(json_of(f.get("/v1/workflows"))["items"][0]["parent"].is_null());
}
