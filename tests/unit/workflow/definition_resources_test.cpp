// Functions by URL and from catalogs, and schemas at other addresses.
#include "tests/support/definitions.hpp"
#include "workflow/json_schema.hpp"

namespace endure::workflow::test {
namespace {

const std::string greet =
    "input: {schema: {document: {type: object, required: [who]}}, from: .who}\n"
    "do:\n- ask: {call: http, with: {method: get, endpoint: 'https://x.test/{id}'}}\n"
    "- say: {set: {greeting: '${ . }'}}\n";

const std::string catalogs =
    "use:\n  catalogs:\n    global: {endpoint: {uri: 'https://c.test/root', authentication: "
    "{basic: "
    "{username: user, password: '012345'}}}}\n";

std::string calling(const std::string& name, const std::string& use = {}) {
  return header() + use + "do:\n- hello: {call: '" + name + "', with: {who: you}}\n";
}

std::shared_ptr<const Definition> must_parse(const std::string& text, MapResources& resources) {
  const Parsed parsed = parse(text, {}, &resources);
  INFO(text);
  if (!parsed) FAIL(listed(parsed.error()));
  return *parsed;
}

std::string problems(const std::string& text, ResolvedResources texts) {
  MapResources resources(std::move(texts));
  const Parsed parsed = parse(text, {}, &resources);
  return parsed ? "" : listed(parsed.error());
}

}  // namespace

TEST_CASE("a function of a catalog is read from its place there and becomes tasks of the call") {
  const std::string uri = "https://c.test/root/functions/greet/1.2.0/function.yaml";
  MapResources resources(ResolvedResources{{uri, greet}});
  const auto definition = must_parse(calling("greet:1.2.0@global", catalogs), resources);
  CHECK(definition->resources == ResolvedResources{{uri, greet}});
  REQUIRE(resources.asked.size() == 1);
  CHECK(resources.asked[0].authorization == "Basic dXNlcjowMTIzNDU=");
  const Task& function = definition->task(3);
  CHECK(function.pointer == "/do/0/hello/function");
  CHECK(function.schemas.input != nullptr);
  CHECK(definition->task(4).pointer == "/do/0/hello/function/do/0/ask");
}

TEST_CASE("what was resolved is enough to read the definition again") {
  MapResources resources(
      ResolvedResources{{"https://c.test/root/functions/greet/1.2.0/function.yaml", greet}});
  const std::string text = calling("greet:1.2.0@global", catalogs);
  const auto first = must_parse(text, resources);
  StoredResources stored(first->resources);
  const Parsed again = parse(text, {}, &stored);
  REQUIRE(again);
  CHECK((*again)->resources == first->resources);
  CHECK((*again)->tasks.size() == first->tasks.size());
}

TEST_CASE("a function is called by its URL, read once however often") {
  MapResources resources(
      ResolvedResources{{"https://f.test/step.yaml", "call: worker\nwith: {language: en}\n"}});
  const auto definition = must_parse(header() +
                                         "do:\n- a: {call: 'https://f.test/step.yaml'}\n"
                                         "- b: {call: 'https://f.test/step.yaml', with: {x: 1}}\n",
                                     resources);
  CHECK(resources.asked.size() == 1);
  CHECK(std::get<CallFunctionTask>(definition->task(1).body).queue == "worker");
  CHECK(definition->queues == std::vector<std::string>{"worker"});
}

TEST_CASE("pages of GitHub and GitLab are read as the documents that they show") {
  const auto asked_for = [](const std::string& name, const std::string& use) {
    MapResources resources(ResolvedResources{});
    parse(calling(name, use), {}, &resources);
    REQUIRE(resources.asked.size() == 1);
    return resources.asked[0].uri;
  };
  const auto catalog = [](const std::string& uri) {
    return "use: {catalogs: {c: {endpoint: '" + uri + "'}}}\n";
  };
  const std::string path = "functions/log/1.0.0/function.yaml";
  CHECK(asked_for("log:1.0.0@c", catalog("https://github.com/o/r/tree/main")) ==
        "https://raw.githubusercontent.com/o/r/refs/heads/main/" + path);
  CHECK(asked_for("log:1.0.0@c", catalog("https://github.com/o/r")) ==
        "https://raw.githubusercontent.com/o/r/HEAD/" + path);
  CHECK(asked_for("log:1.0.0@c", catalog("https://gitlab.test/g/p/-/tree/main")) ==
        "https://gitlab.test/g/p/-/raw/main/" + path);
  CHECK(asked_for("https://github.com/o/r/blob/main/f/function.yaml", "") ==
        "https://raw.githubusercontent.com/o/r/refs/heads/main/f/function.yaml");
  CHECK(asked_for("https://x.test/f.yaml", "") == "https://x.test/f.yaml");
}

TEST_CASE("a function that the node's own catalog does not have is a step") {
  MapResources empty(ResolvedResources{});
  const auto step = must_parse(calling("greet:1.2.0@default"), empty);
  CHECK(std::get<CallFunctionTask>(step->task(1).body).queue == "greet");
  CHECK(step->resources.empty());
  CHECK(parse(calling("greet:1.2.0@default")));  // nor needs anything to be read
  MapResources full(
      ResolvedResources{{"catalog:default/functions/greet/1.2.0/function.yaml", greet}});
  const auto function = must_parse(calling("greet:1.2.0@default"), full);
  CHECK(function->queues.empty());
  CHECK(function->resources.size() == 1);
  // A catalog of the definition's own may have that name.
  MapResources own(
      ResolvedResources{{"https://c.test/functions/greet/1.2.0/function.yaml", greet}});
  must_parse(
      calling("greet:1.2.0@default", "use: {catalogs: {default: {endpoint: 'https://c.test'}}}\n"),
      own);
}

TEST_CASE("a function that cannot be had is a problem at its call") {
  CHECK(problems(calling("greet:1.2.0@global", catalogs), {}) ==
        "line 10, /do/0/hello/call: the function at "
        "https://c.test/root/functions/greet/1.2.0/function.yaml cannot be read: there is "
        "nothing\n");
  CHECK_THAT(
      problems_of(calling("https://x.test/f.yaml")),
      Catch::Contains("/do/0/hello/call: the function at `https://x.test/f.yaml` is read when "
                      "the definition is deployed"));
  CHECK_THAT(problems(calling("greet:1.2.0@globl", catalogs), {}),
             Catch::Contains("did you mean `global`?"));
  for (const char* name : {"greet@global", "gr/eet:1@global", "greet:../..@global", ":1@global"}) {
    INFO(name);
    CHECK_THAT(problems(calling(name, catalogs), {}),
               Catch::Contains("names no function of a catalog"));
  }
  CHECK_THAT(problems(calling("ftp://x.test/f.yaml"), {}), Catch::Contains("cannot be read"));
}

TEST_CASE("a problem within a function names the document and its line") {
  const std::string uri = "https://f.test/f.yaml";
  CHECK(
      problems(calling(uri), {{uri, "do:\n- a: {sett: {x: 1}}\n"}}) ==
      "line 7, /do/0/hello/call: in https://f.test/f.yaml: line 2, /do/0/a/sett: `sett` is no kind "
      "of task; did you mean `set`?\n");
  CHECK_THAT(problems(calling(uri), {{uri, "do: [\n"}}), Catch::Contains("this is not YAML"));
  CHECK_THAT(problems(calling(uri), {{uri, "call: " + uri + "\n"}}),
             Catch::Contains("calls itself"));
}

TEST_CASE("a schema is read from its address, as YAML or JSON") {
  const std::string uri = "https://s.test/order.json";
  const std::string text =
      header() + "input: {schema: {format: json, resource: {endpoint: '" + uri + "'}}}\ndo: []\n";
  MapResources resources(ResolvedResources{{uri, R"({"type": "object", "required": ["id"]})"}});
  const auto definition = must_parse(text, resources);
  REQUIRE(definition->schemas.input);
  CHECK(to_string(definition->schemas.input->check(Json::object())) ==
        "the member `id` is missing");
  CHECK(problems(text, {{uri, R"({"type": "objct"})"}}) ==
        "line 6, /input/schema/resource/endpoint: the schema at https://s.test/order.json, /type: "
        "`objct` is no type; did you mean `object`?\n");
  CHECK_THAT(problems(text, {}), Catch::Contains("cannot be read: there is nothing"));
}

TEST_CASE("a schema that cannot be used is refused where it stands") {
  const auto schema = [](const std::string& inside) {
    return problems_of(with_tasks("- a: {set: {x: 1}, input: {schema: " + inside + "}}\n"));
  };
  CHECK(schema("{format: json, document: {type: object, requird: [a]}}") ==
        "line 7, /do/0/a/input/schema/document/requird: `requird` is no keyword of JSON Schema, so "
        "it "
        "would check nothing; did you mean `required`?\n");
  CHECK_THAT(schema("{format: json}"), Catch::Contains("needs `document`"));
  CHECK_THAT(schema("{document: {}, resource: {endpoint: 'https://x.test/s'}}"),
             Catch::Contains("either `document` or `resource`"));
  CHECK_THAT(schema("{document: {$ref: 'https://x.test/s'}}"),
             Catch::Contains("/document/$ref: `https://x.test/s` is another document"));
}

TEST_CASE("a function that is called twice has its schema compiled once") {
  MapResources resources(ResolvedResources{{"https://f.test/f.yaml", greet}});
  const auto definition = must_parse(header() +
                                         "do:\n- a: {call: 'https://f.test/f.yaml'}\n"
                                         "- b: {call: 'https://f.test/f.yaml'}\n",
                                     resources);
  std::vector<const JsonSchema*> schemas;
  for (const auto& task : definition->tasks) {
    if (task.schemas.input) schemas.push_back(task.schemas.input.get());
  }
  REQUIRE(schemas.size() == 2);
  CHECK(schemas[0] == schemas[1]);
}

TEST_CASE("catalogs and extensions are checked where they are declared") {
  CHECK_THAT(problems_of(header() + "do: []\nuse: {catalogs: {c: {}}}\n"),
             Catch::Contains("line 7, /use/catalogs/c: a catalog needs `endpoint`"));
  CHECK_THAT(problems_of(header() + "do: []\nuse: {catalogs: {c: {endpoint: 'x'}}}\n"),
             Catch::Contains("/use/catalogs/c/endpoint: `x` cannot be read"));
  CHECK_THAT(problems_of(header() + "do: []\nuse: {catalogs: {c: {endpoint: '${ .x }'}}}\n"),
             Catch::Contains("no data for an expression"));
  const auto extension = [](const std::string& inside) {
    return problems_of(header() + "do: []\nuse: {extensions: [{e: " + inside + "}]}\n");
  };
  CHECK_THAT(extension("{extend: cal, before: []}"),
             Catch::Contains("/use/extensions/0/e/extend: `cal` is not known here; did you mean "
                             "`call`?"));
  CHECK_THAT(extension("{before: []}"), Catch::Contains("needs `extend`"));
  CHECK_THAT(extension("{extend: all}"), Catch::Contains("needs `before` or `after`"));
  CHECK_THAT(extension("{extend: all, before: [{a: {sett: {}}}]}"),
             Catch::Contains("/use/extensions/0/e/before/0/a/sett"));
  CHECK_THAT(extension("{extend: all, before: [{a: {set: {x: 1}, then: b}}]}"),
             Catch::Contains("there is no task `b`"));
  CHECK_THAT(problems_of(header() + "do: []\nuse: {extensions: [{a: {}, b: {}}]}\n"),
             Catch::Contains("expected one named extension, found 2"));
}

}  // namespace endure::workflow::test
