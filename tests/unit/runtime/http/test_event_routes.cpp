#include "tests/support/api_fixture.hpp"

using namespace endure;
using namespace endure::testing;
using nlohmann::json;

TEST_CASE("an event gets its defaults and reaches its workflow", "[http]") {
  ApiFixture f;
  actors::WorkflowView view;
  view.summary.name = {"agents", "p"};
  f.engine.put_workflow(view);
  const auto response = f.post("/v1/workflows/agents/p/events",
                               {{"type", "review.decided"}, {"data", {{"approved", true}}}});
  CHECK(response.status == 202);
  CHECK(json_of(response)["id"] == "p");
  CHECK(json_of(response)["event"] == "taken");
  const auto [name, event] = f.engine.calls().sent.at(0);
  CHECK(name == WorkflowName{"agents", "p"});
  CHECK(event->at("type") == "review.decided");
  CHECK(event->at("source") == "endure:api");
  CHECK(event->at("specversion") == "1.0");
  CHECK(event->at("id").get<std::string>().size() == 36);
  CHECK(event->at("data") == json{{"approved", true}});
}

TEST_CASE("an event for all is published once it is durable", "[http]") {
  ApiFixture f;
  const json event = {{"type", "a"}, {"id", "1"}, {"source", "s"}, {"trace", "x"}, {"n", 7}};
  const auto response = f.post("/v1/events", event);
  CHECK(response.status == 202);
  CHECK(json_of(response) == json{{"sequence", 1}, {"duplicate", false}, {"listeners", 3}});
  auto expected = event;
  expected["specversion"] = "1.0";
  CHECK(*f.engine.calls().published.at(0) == expected);
}

TEST_CASE("what became of an event is told, also when it came before", "[http]") {
  ApiFixture f;
  actors::WorkflowView view;
  view.summary.name = {"agents", "p"};
  f.engine.put_workflow(view);
  const json event = {{"type", "a"}, {"id", "1"}, {"source", "s"}};
  f.engine.set_event_fate(actors::EventFate::kept);
  CHECK(json_of(f.post("/v1/workflows/agents/p/events", event))["event"] == "kept");
  f.engine.set_event_fate(actors::EventFate::duplicate);
  const auto again = f.post("/v1/workflows/agents/p/events", event);
  CHECK(again.status == 202);
  CHECK(json_of(again)["event"] == "duplicate");
  CHECK(json_of(f.post("/v1/events", event))["duplicate"] == true);
}

TEST_CASE("kept events and sinks are listed", "[http]") {
  ApiFixture f;
  CHECK(json_of(f.get("/v1/events")) == json{{"items", json::array()}, {"sinks", json::array()}});
  f.engine.event_types = {{"a", 3, 2, 1, 0}};
  actors::SinkView sink;
  sink.sink = "http://s.test/";
  sink.backlog = 9;
  sink.failing_since = Instant{0};
  f.engine.report_sinks({sink});
  const auto listed = json_of(f.get("/v1/events"));
  CHECK(
      listed["items"] ==
      json::array({{{"type", "a"}, {"kept", 3}, {"offered", 2}, {"expired", 1}, {"dropped", 0}}}));
  CHECK(listed["sinks"][0]["backlog"] == 9);
  CHECK(listed["sinks"][0]["failing_since"] == "1970-01-01T00:00:00.000Z");
}

TEST_CASE("an event in binary mode is taken apart into attributes and data", "[http]") {
  ApiFixture f;
  const auto response = f.call("POST", "/v1/events", R"({"x": 1})",
                               {{"ce-type", "a.b"},
                                {"ce-id", "17"},
                                {"ce-source", "/here"},
                                {"ce-specversion", "1.0"},
                                {"content-type", "application/json"}});
  CHECK(response.status == 202);
  const auto event = f.engine.calls().published.at(0);
  CHECK(event->at("type") == "a.b");
  CHECK(event->at("id") == "17");
  CHECK(event->at("data") == json{{"x", 1}});
  CHECK(f.call("POST", "/v1/events", "plain", {{"ce-type", "a"}, {"content-type", "text/plain"}})
            .status == 202);
  CHECK(f.engine.calls().published.at(1)->at("data") == "plain");
  problem_detail(
      f.call("POST", "/v1/events", "\xff", {{"ce-type", "a"}, {"content-type", "image/png"}}), 400,
      "invalid");
  problem_detail(f.call("POST", "/v1/events", "{", {{"ce-type", "a"}}), 400, "invalid");
}

TEST_CASE("what is no CloudEvent is refused and changes nothing", "[http]") {
  ApiFixture f;
  const std::pair<json, const char*> wrong[] = {
      {json::object(), "/type"},
      {{{"type", ""}}, "/type"},
      {{{"type", 7}}, "/type"},
      {{{"type", "a"}, {"specversion", "0.3"}}, "/specversion"},
      {{{"type", "a"}, {"Source", "x"}}, "/Source"},
      {{{"type", "a"}, {"my_attribute", "x"}}, "/my_attribute"},
      {{{"type", "a"}, {"ext", json::array()}}, "/ext"},
      {{{"type", "a"}, {"subject", 7}}, "/subject"},
      {{{"type", "a"}, {"time", "yesterday"}}, "/time"},
      {{{"type", "a"}, {"data", 1}, {"data_base64", "eA=="}}, "/data_base64"},
      {{{"type", std::string(1'025, 'a')}}, "/type"}};
  for (const auto& [event, where] : wrong) {
    INFO(event.dump());
    const auto response = f.post("/v1/events", event);
    problem_detail(response, 400, "invalid");
    CHECK(json_of(response)["where"] == where);
  }
  problem_detail(f.call("POST", "/v1/events", "[]"), 400, "invalid");
  problem_detail(f.call("POST", "/v1/events", ""), 400, "invalid");
  CHECK(mentions(problem_detail(f.post("/v1/events", {{"Type", "a"}}), 400, "invalid"), "'type'"));
  CHECK(f.engine.calls().published.empty());
}

TEST_CASE("an event for a workflow that does not exist is told so", "[http]") {
  ApiFixture f;
  problem_detail(f.post("/v1/workflows/agents/p/events", {{"type", "a"}}), 404, "not_found");
}
