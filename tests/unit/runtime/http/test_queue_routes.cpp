// Queues and dead letters.
#include "tests/support/api_fixture.hpp"

using namespace endure;
using namespace endure::testing;
using nlohmann::json;

TEST_CASE("queues show their depth and the age of their oldest step", "[http]") {
  ApiFixture f;
  actors::QueueView view;
  view.queue = "enrich";
  view.counts = {7, 2, 1};
  view.leased = 3;
  view.consumers = 2;
  view.oldest = Instant{f.clock.now().ms - 1'500};
  view.delivered = 10;
  f.engine.put_queue(view);
  const auto queue = json_of(f.get("/v1/queues/enrich"));
  CHECK(queue["depth"] == 9);
  CHECK(queue["leased"] == 3);
  CHECK(queue["delayed"] == 2);
  CHECK(queue["dead"] == 1);
  CHECK(queue["consumers"] == 2);
  CHECK(queue["oldest_age_ms"] == 1'500);
  CHECK(queue["delivered"] == 10);
  const auto list = json_of(f.get("/v1/queues"))["items"];
  REQUIRE(list.size() == 1);
  CHECK(list[0] == queue);
  problem_detail(f.get("/v1/queues/nothing"), 404, "not_found");
}

TEST_CASE("a queue without steps has no oldest one", "[http]") {
  ApiFixture f;
  actors::QueueView view;
  view.queue = "enrich";
  f.engine.put_queue(view);
  const auto queue = json_of(f.get("/v1/queues/enrich"));
  CHECK(queue["oldest"].is_null());
  CHECK(queue["oldest_age_ms"].is_null());
}

TEST_CASE("a queue is paused and resumed", "[http]") {
  ApiFixture f;
  actors::QueueView view;
  view.queue = "enrich";
  f.engine.put_queue(view);
  CHECK(json_of(f.call("POST", "/v1/queues/enrich/pause"))["paused"] == true);
  CHECK(json_of(f.post("/v1/queues/enrich/resume", json::object()))["paused"] == false);
  problem_detail(f.call("POST", "/v1/queues/nothing/pause"), 404, "not_found");
  problem_detail(f.post("/v1/queues/enrich/pause", {{"reason", "x"}}), 400, "invalid");
}

TEST_CASE("a dead letter shows its error and its arguments", "[http]") {
  ApiFixture f;
  const auto key = f.store_dead_letter(1, "enrich");
  const auto items = json_of(f.get("/v1/queues/enrich/dead"))["items"];
  REQUIRE(items.size() == 1);
  const auto& item = items[0];
  CHECK(item["queue"] == "enrich");
  CHECK(item["namespace"] == "test");
  CHECK(item["workflow"] == "w-1");
  CHECK(item["task"] == "/do/0/enrich");
  CHECK(item["error"]["detail"] == "it is down");
  CHECK(item["since"] == "1970-01-01T00:00:09.000Z");
  CHECK(item["arguments"] == json{{"wait", 1}});
  CHECK(actors::token_from(item["step"].get<std::string>())->key == key);
}

TEST_CASE("dead letters of one queue and of all are given in pages", "[http]") {
  ApiFixture f;
  for (WorkflowNumber n = 1; n <= 5; ++n) f.store_dead_letter(n, n <= 3 ? "enrich" : "act");
  for (const std::string path : {"/v1/dead", "/v1/queues/enrich/dead"}) {
    INFO(path);
    std::size_t seen = 0;
    std::string cursor;
    do {
      const auto page = json_of(f.get(path + "?limit=2" + cursor));
      CHECK(page["items"].size() <= 2);
      seen += page["items"].size();
      const auto& next = page["next_cursor"];
      cursor = next.is_null() ? "" : "&cursor=" + next.get<std::string>();
    } while (!cursor.empty());
    CHECK(seen == (path == "/v1/dead" ? 5 : 3));
  }
  CHECK(json_of(f.get("/v1/queues/other/dead"))["items"].empty());
}

TEST_CASE("a cursor that is none, or another queue's, is refused", "[http]") {
  ApiFixture f;
  f.store_dead_letter(1, "enrich");
  f.store_dead_letter(2, "enrich");
  const auto cursor = json_of(f.get("/v1/dead?limit=1"))["next_cursor"].get<std::string>();
  problem_detail(f.get("/v1/dead?cursor=x"), 400, "invalid");
  problem_detail(f.get("/v1/queues/act/dead?cursor=" + cursor), 400, "invalid");
}

TEST_CASE("a dead letter is redriven or dropped by its name", "[http]") {
  ApiFixture f;
  const auto key = f.store_dead_letter(1, "enrich");
  const auto step = json_of(f.get("/v1/dead"))["items"][0]["step"].get<std::string>();
  const auto redriven = f.call("POST", "/v1/dead/" + step + "/redrive");
  CHECK(redriven.status == 200);
  CHECK(json_of(redriven)["redriven"] == 1);
  CHECK(f.engine.calls().redriven == std::vector<persistence::StepKey>{key});
  CHECK(f.post("/v1/dead/" + step + "/drop", {{"reason", "spam"}}).status == 200);
  CHECK(f.engine.calls().dropped.at(0).second == "spam");
}

TEST_CASE("a dead letter that is gone, or never was one, is told so", "[http]") {
  ApiFixture f;
  const auto step = actors::to_text({persistence::sample_step_key(1, 1), 0, 0});
  problem_detail(f.call("POST", "/v1/dead/" + step + "/redrive"), 404, "not_found");
  problem_detail(f.call("POST", "/v1/dead/" + step + "/drop"), 404, "not_found");
  problem_detail(f.call("POST", "/v1/dead/nonsense/redrive"), 400, "invalid");
  CHECK(f.engine.calls().redriven.empty());
}

TEST_CASE("all dead letters of a queue are redriven, and none of another", "[http]") {
  ApiFixture f;
  for (WorkflowNumber n = 1; n <= 5; ++n) f.store_dead_letter(n, n <= 3 ? "enrich" : "act");
  const auto answer = json_of(f.call("POST", "/v1/queues/enrich/dead/redrive"));
  CHECK(answer["redriven"] == 3);
  CHECK(answer["more"] == false);
  CHECK(f.engine.calls().redriven.size() == 3);
}

TEST_CASE("redriving all passes over what somebody else redrove", "[http]") {
  ApiFixture f;
  f.store_dead_letter(1, "enrich");
  f.engine.answer_with(Error{Code::conflict, "redriven already", ""});
  CHECK(json_of(f.call("POST", "/v1/queues/enrich/dead/redrive"))["redriven"] == 0);
  f.engine.answer_with(Error{Code::io, "the disk failed", ""});
  problem_detail(f.call("POST", "/v1/queues/enrich/dead/redrive"), 500, "io");
}

TEST_CASE("redriving all of a queue that nobody knows is an error, of an empty one it is not",
          "[http]") {
  ApiFixture f;
  actors::QueueView known;
  known.queue = "enrich";
  f.engine.put_queue(known);
  CHECK(json_of(f.call("POST", "/v1/queues/enrich/dead/redrive"))["redriven"] == 0);
  problem_detail(f.call("POST", "/v1/queues/nobody/dead/redrive"), 404, "not_found");
}
