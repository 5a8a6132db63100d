#include "tests/support/api_fixture.hpp"

using namespace endure;
using namespace endure::testing;
using nlohmann::json;

namespace {

json start_of(const std::string& id) {
  return {{"definition", "a"}, {"id", id}};
}

json answers_of(const http::Response& response) {
  INFO(response.body);
  REQUIRE(response.status == 200);
  return json_of(response)["items"];
}

}  // namespace

TEST_CASE("many workflows are started by one call, answered in its order", "[http]") {
  ApiFixture f;
  const auto response = f.post("/v1/workflows/batch", {{"items",
                                                        {start_of("x"),
                                                         start_of("y"),
                                                         {{"definition", "b"},
                                                          {"namespace", "agents"},
                                                          {"version", "2.0.0"},
                                                          {"input", {{"text", "hi"}}},
                                                          {"on_conflict", "return_existing"}}}}});
  const auto items = answers_of(response);
  REQUIRE(items.size() == 3);
  CHECK(items[0]["workflow"]["id"] == "x");
  CHECK(items[0]["workflow"]["existed"] == false);
  CHECK(items[0]["workflow"]["phase"] == "running");
  CHECK(items[1]["workflow"]["id"] == "y");
  CHECK(items[2]["workflow"]["id"].get<std::string>().size() == 36);
  CHECK(json_of(response)["refused"] == 0);
  const auto started = f.engine.calls().started;
  REQUIRE(started.size() == 3);
  CHECK(started[2].name.ns == "agents");
  CHECK(started[2].version == "2.0.0");
  CHECK(*started[2].input == json{{"text", "hi"}});
  CHECK(started[2].on_conflict == actors::OnConflict::return_existing);
}

TEST_CASE("what is wrong with one start does not concern the others", "[http]") {
  ApiFixture f;
  REQUIRE(f.post("/v1/workflows", start_of("taken")).status == 201);
  json existing = start_of("taken");
  existing["on_conflict"] = "return_existing";
  const auto response = f.post("/v1/workflows/batch", {{"items",
                                                        {start_of("x"),
                                                         start_of("taken"),
                                                         existing,
                                                         start_of("a b"),
                                                         json::array(),
                                                         {{"id", "y"}},
                                                         {{"definition", "a"}, {"inputs", {}}},
                                                         start_of("z")}}});
  const auto items = answers_of(response);
  REQUIRE(items.size() == 8);
  CHECK(items[0]["workflow"]["id"] == "x");
  CHECK(items[1]["error"]["code"] == "conflict");
  CHECK(items[1]["error"]["status"] == 409);
  CHECK(items[2]["workflow"]["existed"] == true);
  CHECK(items[3]["error"]["code"] == "invalid");
  CHECK(items[4]["error"]["where"] == "/items/4");
  CHECK(items[5]["error"]["where"] == "/items/5/definition");
  CHECK(mentions(items[6]["error"]["detail"], "did you mean 'input'?"));
  CHECK(items[7]["workflow"]["id"] == "z");
  CHECK(json_of(response)["refused"] == 5);
}

TEST_CASE("the same id twice in one call starts once", "[http]") {
  ApiFixture f;
  const auto items =
      answers_of(f.post("/v1/workflows/batch", {{"items", {start_of("x"), start_of("x")}}}));
  CHECK(items[0].contains("workflow"));
  CHECK(items[1]["error"]["code"] == "conflict");
}

TEST_CASE("a call that starts none, or more than the limit, is refused whole", "[http]") {
  auto config = quick_config();
  config.limits.max_starts = 2;
  ApiFixture f(config);
  const json three = {start_of("x"), start_of("y"), start_of("z")};
  for (const auto& items : {json::array(), three}) {
    const auto response = f.post("/v1/workflows/batch", {{"items", items}});
    CHECK(mentions(problem_detail(response, 400, "invalid"), "1 to 2"));
    CHECK(json_of(response)["where"] == "/items");
  }
  problem_detail(f.post("/v1/workflows/batch", {{"items", json::object()}}), 400, "invalid");
  problem_detail(f.post("/v1/workflows/batch", json::object()), 400, "invalid");
  CHECK(f.engine.calls().started.empty());
}

TEST_CASE("starts that the engine does not answer in time say so, each for itself", "[http]") {
  ApiFixture f;
  f.engine.hold_replies();
  const auto items =
      answers_of(f.post("/v1/workflows/batch", {{"items", {start_of("x"), start_of("a b")}}}));
  CHECK(items[0]["error"]["code"] == "retry_later");
  CHECK(mentions(items[0]["error"]["detail"], "may still take effect"));
  CHECK(items[1]["error"]["code"] == "invalid");
}

TEST_CASE("starts beyond what the node can answer soon are turned away", "[http]") {
  auto config = quick_config();
  config.limits.max_pending_starts = 2;
  ApiFixture f(config);
  f.engine.hold_replies();
  const auto items = answers_of(
      f.post("/v1/workflows/batch",
             {{"items", {start_of("a b"), start_of("x"), start_of("y"), start_of("z")}}}));
  CHECK(items[0]["error"]["code"] == "invalid");
  CHECK(items[1]["error"]["status"] == 503);  // under way, and not answered in time
  CHECK(items[2]["error"]["status"] == 503);
  CHECK(items[3]["error"]["status"] == 429);
  CHECK(items[3]["error"]["code"] == "retry_later");
  CHECK(f.engine.calls().started.size() == 2);

  // Nothing is read of those that come now.
  for (const auto& response :
       {f.call("POST", "/v1/workflows/batch", "{"), f.post("/v1/workflows", start_of("z"))}) {
    CHECK(mentions(problem_detail(response, 429, "retry_later"), "slow down"));
    CHECK(header_of(response, "Retry-After") == "1");
  }
  CHECK(f.engine.calls().started.size() == 2);

  f.engine.release_replies();
  CHECK(f.post("/v1/workflows", start_of("z")).status == 201);
}
