// Operations of OpenAPI documents as requests, without a network.
#include "runtime/calls/document.hpp"
#include "runtime/calls/openapi.hpp"
#include "tests/support/catch.hpp"

using namespace endure;
using namespace endure::calls;
using workflow::Json;

namespace {

constexpr const char* home = "https://pets.example/v2/swagger.json";

Json swagger() {
  return *parse_document(R"(
swagger: '2.0'
host: pets.example
basePath: /v2
schemes: [http, https]
paths:
  /pet/{petId}:
    parameters:
      - {name: petId, in: path, required: true, type: integer}
    get: {operationId: getPet}
    post:
      operationId: updateForm
      consumes: [application/x-www-form-urlencoded]
      parameters: [{name: name, in: formData, type: string}]
  /pet/findByStatus:
    get:
      operationId: findPetsByStatus
      parameters:
        - {name: status, in: query, required: true, type: array, collectionFormat: multi}
        - {name: tags, in: query, type: array}
        - {name: api_key, in: header, type: string}
  /pet:
    post:
      operationId: addPet
      consumes: [application/json, application/xml]
      parameters: [{$ref: '#/parameters/Pet'}]
parameters:
  Pet: {name: pet, in: body, required: true, schema: {type: object}}
)",
                         100'000);
}

Json openapi() {
  return *parse_document(R"(
openapi: 3.0.3
servers:
  - {url: '/api/{version}', variables: {version: {default: v3}}}
paths:
  /items/{ids}:
    get:
      operationId: getItems
      parameters:
        - {name: ids, in: path, required: true, schema: {type: array}}
        - {name: filter, in: query, style: deepObject, explode: true}
        - {name: list, in: query, explode: false}
        - {name: page, in: query, required: true, schema: {default: 1}}
        - {name: session, in: cookie}
        - {name: X-Trace, in: header}
        - {name: json, in: query, content: {application/json: {}}}
    put:
      operationId: putItem
      servers: [{url: 'https://other.example/'}]
      parameters: [{name: ids, in: path, required: true}]
      requestBody: {$ref: '#/components/requestBodies/Item'}
  /text:
    post: {operationId: postText, requestBody: {required: true, content: {text/plain: {}}}}
  /form:
    post: {operationId: postForm, requestBody: {content: {multipart/form-data: {}}}}
components:
  requestBodies:
    Item: {required: true, content: {application/json: {schema: {type: object}}}}
)",
                         100'000);
}

Json request_of(const Json& document, const std::string& operation, const Json& parameters) {
  auto request = openapi_request(document, home, operation, parameters);
  if (!request) FAIL(request.error().what);
  return *request;
}

std::string refused(const Json& document, const std::string& operation, const Json& parameters) {
  const auto request = openapi_request(document, home, operation, parameters);
  REQUIRE_FALSE(request);
  CHECK(request.error().code == Code::invalid);
  return request.error().what;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("parameters of Swagger 2.0 go where the document puts them", "[openapi]") {
  auto get = request_of(swagger(), "getPet", {{"petId", 7}});
  CHECK(get["method"] == "get");
  CHECK(get["uri"] == "https://pets.example/v2/pet/7");
  CHECK_FALSE(get.contains("body"));
  auto find = request_of(swagger(), "findPetsByStatus",
                         {{"status", {"sold", "a b"}}, {"tags", {"x", "y"}}, {"api_key", "k"}});
  CHECK(find["uri"] ==
        "https://pets.example/v2/pet/findByStatus?status=sold&status=a%20b&tags=x,y");
  CHECK(find["headers"]["api_key"] == "k");
  CHECK(request_of(swagger(), "findPetsByStatus", {{"status", "sold"}})["uri"] ==
        "https://pets.example/v2/pet/findByStatus?status=sold");
}

TEST_CASE("bodies and forms of Swagger 2.0 are sent as the operation takes them", "[openapi]") {
  auto named = request_of(swagger(), "addPet", {{"pet", {{"name", "milou"}}}});
  CHECK(named["body"] == R"({"name":"milou"})");
  CHECK(named["headers"]["Content-Type"] == "application/json");
  CHECK(request_of(swagger(), "addPet", {{"name", "milou"}})["body"] == R"({"name":"milou"})");
  auto form = request_of(swagger(), "updateForm", {{"petId", 7}, {"name", "a&b"}});
  CHECK(form["body"] == "name=a%26b");
  CHECK(form["headers"]["Content-Type"] == "application/x-www-form-urlencoded");
}

TEST_CASE("parameters of OpenAPI 3 have their styles", "[openapi]") {
  auto request = request_of(openapi(), "getItems",
                            {{"ids", {1, 2}},
                             {"filter", {{"a", "x y"}}},
                             {"list", {"p", "q"}},
                             {"session", "s"},
                             {"X-Trace", "t"},
                             {"json", {{"k", 1}}}});
  CHECK(request["uri"] ==
        "https://pets.example/api/v3/items/1,2?filter%5Ba%5D=x%20y&json=%7B%22k%22%3A1%7D&list=p,q&"
        "page=1");
  CHECK(request["headers"]["Cookie"] == "session=s");
  CHECK(request["headers"]["X-Trace"] == "t");
}

TEST_CASE("what is left over is the body of OpenAPI 3", "[openapi]") {
  auto put = request_of(openapi(), "putItem", {{"ids", 1}, {"name", "x"}, {"n", 2}});
  CHECK(put["uri"] == "https://other.example/items/1");
  CHECK(Json::parse(put["body"].get<std::string>()) == Json{{"name", "x"}, {"n", 2}});
  CHECK(request_of(openapi(), "putItem", {{"ids", 1}, {"body", {1, 2}}})["body"] == "[1,2]");
  CHECK(request_of(openapi(), "postText", {{"body", "hello"}})["body"] == "hello");
  auto form = request_of(openapi(), "postForm", {{"a", "b"}, {"o", {{"c", 1}}}});
  const auto text = form["body"].get<std::string>();
  CHECK(has(form["headers"]["Content-Type"].get<std::string>(), "multipart/form-data; boundary="));
  CHECK(has(text, "name=\"a\"\r\n\r\nb\r\n"));
  CHECK(has(text, "Content-Type: application/json\r\n\r\n{\"c\":1}\r\n"));
}

TEST_CASE("what does not fit the document is refused by name", "[openapi]") {
  CHECK(has(refused(swagger(), "getPets", Json::object()), "no operation 'getPets'"));
  CHECK(has(refused(swagger(), "getPets", Json::object()), "findPetsByStatus"));
  CHECK(has(refused(swagger(), "getPet", Json::object()), "needs the parameter 'petId' (path)"));
  CHECK(has(refused(swagger(), "getPet", {{"petId", 1}, {"x", 2}}), "no parameter 'x'"));
  CHECK(has(refused(swagger(), "addPet", Json::object()), "'pet' (body)"));
  CHECK(has(refused(openapi(), "putItem", {{"ids", 1}}), "needs a body"));
  CHECK(has(refused(openapi(), "postText", {{"body", Json::object()}}), "must be a text"));
  CHECK(has(refused({{"info", 1}}, "x", Json::object()), "neither OpenAPI"));
  Json circle = swagger();
  circle["parameters"]["Pet"] = {{"$ref", "#/parameters/Pet"}};
  CHECK(has(refused(circle, "addPet", Json::object()), "circle"));
  circle["parameters"]["Pet"] = {{"$ref", "other.yaml#/Pet"}};
  CHECK(has(refused(circle, "addPet", Json::object()), "another one"));
}

TEST_CASE("a document without servers stands for its own host", "[openapi]") {
  Json bare{{"openapi", "3.1.0"}, {"paths", {{"/a", {{"get", {{"operationId", "a"}}}}}}}};
  CHECK(request_of(bare, "a", Json::object())["uri"] == "https://pets.example/a");
  bare["servers"] = {{{"url", "https://{x}.example"}}};
  CHECK(has(refused(bare, "a", Json::object()), "'x'"));
  Json old = swagger();
  old.erase("host");
  old.erase("schemes");
  CHECK(request_of(old, "getPet", {{"petId", 1}})["uri"] == "https://pets.example/v2/pet/1");
}

TEST_CASE("references are resolved as URIs", "[openapi]") {
  CHECK(resolved_uri("https://a/b/c", "/x") == "https://a/x");
  CHECK(resolved_uri("https://a/b/c", "x") == "https://a/b/x");
  CHECK(resolved_uri("https://a/b/c?q", "../x") == "https://a/x");
  CHECK(resolved_uri("https://a", "x") == "https://a/x");
  CHECK(resolved_uri("https://a/b", "//c/x") == "https://c/x");
  CHECK(resolved_uri("https://a/b", "http://c") == "http://c");
}

TEST_CASE("kept documents are bounded in bytes and time", "[openapi]") {
  DocumentCache cache(100, 1'000);
  const auto document = std::make_shared<const Json>(1);
  cache.put("a", document, 60, 0);
  CHECK(cache.find("a", 999) == document);
  CHECK_FALSE(cache.find("a", 1'000));
  cache.put("b", document, 60, 10);
  CHECK_FALSE(cache.find("a", 20));
  CHECK(cache.find("b", 20));
  cache.put("c", document, 101, 20);
  CHECK_FALSE(cache.find("c", 20));
  CHECK(cache.find("b", 20));
}

TEST_CASE("documents are JSON or YAML", "[openapi]") {
  CHECK(parse_document(R"( {"a": 1})", 1'000)->at("a") == 1);
  CHECK(parse_document("a: 1\n", 1'000)->at("a") == 1);
  CHECK_FALSE(parse_document("just text", 1'000));
  CHECK_FALSE(parse_document("{\"a\": ", 1'000));
  CHECK_FALSE(parse_document("a: [", 1'000));
}
