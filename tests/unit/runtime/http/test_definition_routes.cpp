#include "tests/support/api_fixture.hpp"

using namespace endure;
using namespace endure::testing;

namespace {
const char* const hello =
    R"(document: { dsl: '1.0.3', namespace: agents, name: hello, version: '1.0.0' }
do:
  - greet: { call: greet, with: { name: you } }
)";

void store_definition(ApiFixture& f, const std::string& source) {
  f.commit({persistence::DefinitionDeployed{
      {{"agents", "hello", "1.0.0"}, source, Instant{1'700'000'000'000}}}});
}
}  // namespace

TEST_CASE("a definition is deployed and its parts are named", "[http]") {
  ApiFixture f;
  f.engine.on_deploy([&](workflow::SourceFormat format, const std::string& source) {
    CHECK(format == workflow::SourceFormat::yaml);
    auto definition = std::make_shared<workflow::Definition>();
    definition->ref = {"agents", "hello", "1.0.0"};
    definition->queues = {"greet"};
    definition->source = source;
    definition->tasks.resize(2);
    return Result<std::shared_ptr<const workflow::Definition>>(std::move(definition));
  });
  const auto response =
      f.call("POST", "/v1/definitions", hello, {{"content-type", "application/yaml"}});
  INFO(response.body);
  CHECK(response.status == 201);
  const auto json = json_of(response);
  CHECK(json["namespace"] == "agents");
  CHECK(json["name"] == "hello");
  CHECK(json["version"] == "1.0.0");
  CHECK(json["queues"] == nlohmann::json::array({"greet"}));
  CHECK(json["tasks"] == 2);
  CHECK(f.engine.calls().deployed == std::vector<std::string>{hello});
}

TEST_CASE("what a definition names elsewhere is read once, and deployed with it", "[http]") {
  class Functions final : public workflow::ExternalResources {
   public:
    Result<std::string> fetch(const workflow::ResourceRequest& request) override {
      ++asked;
      if (request.uri != "https://f.test/f.yaml") return fail(Code::not_found, "nothing there");
      return std::string("call: worker\n");
    }
    int asked = 0;
  };
  Functions functions;
  auto config = quick_config();
  config.resources = &functions;
  ApiFixture f(std::move(config));
  const auto calling = [](const std::string& uri) {
    return "document: {dsl: '1.0.3', namespace: agents, name: hello, version: '1.0.0'}\n"
           "do: [{a: {call: '" +
           uri + "'}}]\n";
  };
  const auto valid =
      json_of(f.call("POST", "/v1/definitions/validate", calling("https://f.test/f.yaml")));
  CHECK(valid["valid"] == true);
  CHECK(valid["queues"] == nlohmann::json::array({"worker"}));
  CHECK(valid["resources"] == nlohmann::json::array({"https://f.test/f.yaml"}));
  CHECK(functions.asked == 1);
  const auto refused = f.call("POST", "/v1/definitions", calling("https://f.test/other.yaml"));
  problem_detail(refused, 400, "invalid");
  CHECK_THAT(refused.body, Catch::Contains("cannot be read: nothing there"));
  CHECK(f.engine.calls().deployed.empty());
  CHECK(f.call("POST", "/v1/definitions", calling("https://f.test/f.yaml")).status == 201);
  CHECK(functions.asked == 3);
}

TEST_CASE("the schema of definitions is served", "[http]") {
  ApiFixture f;
  const auto response = f.get("/v1/schemas/workflow.json");
  CHECK(response.status == 200);
  const auto json = json_of(response);
  CHECK(json["$schema"] == "https://json-schema.org/draft/2020-12/schema");
  CHECK(json["required"] == nlohmann::json::array({"document", "do"}));
}

TEST_CASE("the same source again is answered 200", "[http]") {
  ApiFixture f;
  store_definition(f, hello);
  CHECK(f.call("POST", "/v1/definitions", hello).status == 200);
}

TEST_CASE("another source under a version that is taken is a conflict", "[http]") {
  ApiFixture f;
  store_definition(f, "another");
  f.engine.on_deploy([](workflow::SourceFormat, const std::string&) {
    return Result<std::shared_ptr<const workflow::Definition>>(
        fail(Code::conflict, "that version has another source", "version"));
  });
  problem_detail(f.call("POST", "/v1/definitions", hello), 409, "conflict");
}

TEST_CASE("a wrong definition is refused with every problem and deploys nothing", "[http]") {
  ApiFixture f;
  const auto response = f.call("POST", "/v1/definitions", "do: 7\n");
  problem_detail(response, 400, "invalid");
  const auto errors = json_of(response).at("errors");
  REQUIRE_FALSE(errors.empty());
  for (const auto& error : errors) {
    CHECK(error.at("pointer").is_string());
    CHECK(error.at("line").is_number());
    CHECK_FALSE(error.at("detail").get<std::string>().empty());
  }
  CHECK(f.engine.calls().deployed.empty());
  problem_detail(f.call("POST", "/v1/definitions", ""), 400, "invalid");
}

TEST_CASE("validating tells of problems without changing anything", "[http]") {
  ApiFixture f;
  const auto fine = json_of(f.call("POST", "/v1/definitions/validate", hello));
  CHECK(fine["valid"] == true);
  CHECK(fine["errors"].empty());
  const auto wrong = f.call("POST", "/v1/definitions/validate", "do: 7\n");
  CHECK(wrong.status == 200);
  CHECK(json_of(wrong)["valid"] == false);
  CHECK_FALSE(json_of(wrong)["errors"].empty());
  CHECK(f.engine.calls().deployed.empty());
}

TEST_CASE("definitions are listed and their source is given as deployed", "[http]") {
  ApiFixture f;
  store_definition(f, hello);
  auto definition = std::make_shared<workflow::Definition>();
  definition->ref = {"agents", "hello", "1.0.0"};
  definition->queues = {"greet"};
  f.engine.put_definition(definition);
  const auto items = json_of(f.get("/v1/definitions"))["items"];
  REQUIRE(items.size() == 1);
  CHECK(items[0]["name"] == "hello");
  CHECK(items[0]["deployed"] == "2023-11-14T22:13:20.000Z");
  CHECK(items[0]["queues"] == nlohmann::json::array({"greet"}));
  const auto source = f.get("/v1/definitions/agents/hello/1.0.0");
  CHECK(source.content_type == "application/yaml");
  CHECK(source.body == hello);
  problem_detail(f.get("/v1/definitions/agents/hello/2.0.0"), 404, "not_found");
}

TEST_CASE("a process that the node does not run is refused with the setting that allows it",
          "[http]") {
  const std::string text =
      "document: {dsl: '1.0.3', namespace: a, name: b, version: '1.0.0'}\n"
      "do: [{x: {run: {shell: {command: ls}}}}]\n";
  ApiFixture f;
  const auto response = f.call("POST", "/v1/definitions", text);
  CHECK(response.status == 400);
  const auto errors = json_of(response)["errors"];
  REQUIRE(errors.size() == 1);
  CHECK(errors[0]["pointer"] == "/do/0/x/run/shell");
  CHECK(errors[0]["detail"].get<std::string>().find("run.shell") != std::string::npos);
  CHECK(f.engine.calls().deployed.empty());
  CHECK(json_of(f.call("POST", "/v1/definitions/validate", text))["valid"] == false);
  auto config = quick_config();
  config.run.no_shell.clear();
  ApiFixture able(config);
  CHECK(json_of(able.call("POST", "/v1/definitions/validate", text))["valid"] == true);
}
