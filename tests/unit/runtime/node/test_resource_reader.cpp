#include "runtime/resource_reader.hpp"

#include <filesystem>
#include <fstream>

#include "tests/support/catch.hpp"
#include "tests/support/raw_server.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace endure;
using namespace endure::testing;
using runtime::ResourceConfig;
using runtime::ResourceReader;

namespace {

namespace fs = std::filesystem;

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

Result<std::string> read(const ResourceConfig& config, const std::string& uri,
                         const std::string& authorization = {}) {
  return ResourceReader(config).fetch({uri, authorization});
}

std::string http(const std::string& status, const std::string& body,
                 const std::string& headers = {}) {
  return "HTTP/1.1 " + status + "\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
}

}  // namespace

TEST_CASE("without settings nothing is read, and the errors say what allows it") {
  const ResourceConfig none;
  CHECK_THAT(read(none, "file:///f.yaml").error().what, Catch::Contains("`resources.folder`"));
  CHECK_THAT(read(none, "https://x.test/f").error().what,
             Catch::Contains("`resources.fetch: true` allows it"));
  CHECK(read(none, "catalog:default/functions/a/1/function.yaml").error().code == Code::not_found);
}

TEST_CASE("files are read below their folder and nowhere else") {
  const TemporaryFolder temporary;
  const fs::path root = fs::canonical(temporary.path());
  write(root / "allowed/functions/f.yaml", "text");
  write(root / "allowed/with space.yaml", "spaced");
  write(root / "secret.yaml", "secret");
  fs::create_symlink(root / "secret.yaml", root / "allowed/link.yaml");
  ResourceConfig config;
  config.folder = (root / "allowed").string();
  CHECK(read(config, "file:///functions/f.yaml").value() == "text");
  CHECK(read(config, "file://functions/f.yaml").value() == "text");
  CHECK(read(config, "file://" + (root / "allowed/functions/f.yaml").string()).value() == "text");
  CHECK(read(config, "file:///with%20space.yaml").value() == "spaced");
  CHECK(read(config, "file:///nothing.yaml").error().code == Code::not_found);
  CHECK(read(config, "file:///functions").error().code == Code::not_found);
  CHECK(read(config, "file:///link.yaml").error().code == Code::invalid);
  CHECK(read(config, "file:///../secret.yaml").error().code == Code::invalid);
  CHECK(read(config, "file:///functions/../../secret.yaml").error().code == Code::invalid);
  CHECK(read(config, "file://" + (root / "secret.yaml").string()).error().code == Code::not_found);
  config.max_bytes = 3;
  CHECK_THAT(read(config, "file:///functions/f.yaml").error().what,
             Catch::Contains("`resources.max_size` is the limit"));
}

TEST_CASE("the node's own catalog is a folder") {
  const TemporaryFolder temporary;
  write(fs::path(temporary.path()) / "functions/log/1.0.0/function.yaml", "call: log");
  ResourceConfig config;
  config.catalog = temporary.path();
  CHECK(read(config, "catalog:default/functions/log/1.0.0/function.yaml").value() == "call: log");
  CHECK(read(config, "catalog:default/functions/log/2.0.0/function.yaml").error().code ==
        Code::not_found);
}

TEST_CASE("http is fetched with its credentials, within its bounds") {
  RawServer server([](const std::string& request) {
    if (request.starts_with("GET /large")) return http("200 OK", std::string(2'000, 'x'));
    if (request.starts_with("GET /gone")) return http("404 Not Found", "no");
    if (request.starts_with("GET /moved")) {
      return http("302 Found", "", "Location: /here\r\n");
    }
    return http("200 OK", "the text");
  });
  ResourceConfig config;
  config.fetch = true;
  config.max_bytes = 1'000;
  CHECK(read(config, server.url("/here"), "Bearer abc").value() == "the text");
  CHECK_THAT(server.requests().front(), Catch::Contains("Authorization: Bearer abc"));
  CHECK(read(config, server.url("/gone")).error().code == Code::not_found);
  CHECK_THAT(read(config, server.url("/large")).error().what,
             Catch::Contains("more than 1000 bytes"));
  CHECK(read(config, server.url("/moved")).value() == "the text");
  CHECK_THAT(read(config, server.url("/moved"), "Bearer abc").error().what,
             Catch::Contains("status 302"));  // credentials go nowhere else
}

TEST_CASE("resources are fetched from where calls are led to") {
  RawServer server([](const std::string&) { return http("200 OK", "the text"); });
  const std::string url = server.url("");  // http://127.0.0.1:port
  ResourceConfig config;
  config.fetch = true;
  config.connect_to = {"functions.test:80:" + url.substr(url.find("127."))};
  CHECK(read(config, "http://functions.test/f.yaml").value() == "the text");
  CHECK_THAT(server.requests().front(), Catch::Contains("Host: functions.test\r\n"));
}
