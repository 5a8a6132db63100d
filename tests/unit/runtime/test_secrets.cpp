// Secrets: where values come from, how placeholders become values, and what is masked.
#include "runtime/secrets.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/support/catch.hpp"
#include "workflow/secret_placeholder.hpp"

using namespace endure;
using namespace endure::runtime;
using workflow::Json;

namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "endure-secrets-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() { fs::remove_all(path); }
  void put(const std::string& name, const std::string& text) const {
    std::ofstream(path + "/" + name, std::ios::binary) << text;
  }
  std::string path;
};

constexpr WorkflowNumber number = 7;
const std::string key = "the key of the volume";

std::string placeholder(const workflow::SecretPath& path, WorkflowNumber of = number) {
  return workflow::make_placeholder(path, of, key);
}

}  // namespace

TEST_CASE("a secret is a file's text, or its JSON", "[secrets]") {
  const Folder folder;
  folder.put("text", "hunter2\n");
  folder.put("json", R"({"user": "me", "pin": 1234})");
  folder.put("brace", "{not json\n");
  folder.put("binary", "\xff\xfe");
  const Secrets secrets({folder.path, "", key});
  CHECK(*secrets.value("text") == "hunter2");
  CHECK(secrets.value("json")->at("user") == "me");
  CHECK(*secrets.value("brace") == "{not json");
  CHECK(secrets.value("binary").error().code == Code::io);
  const auto none = secrets.value("none");
  REQUIRE_FALSE(none);
  CHECK(none.error().code == Code::not_found);
  CHECK(none.error().what.find("secrets.folder") != std::string::npos);
}

TEST_CASE("a secret is a variable of the environment where there is no file", "[secrets]") {
  const Folder folder;
  folder.put("api-key", "from the file");
  ::setenv("ENDURE_TEST_SECRET_API_KEY", "from the environment", 1);
  CHECK(*Secrets({folder.path, "ENDURE_TEST_SECRET_", key}).value("api-key") == "from the file");
  CHECK(*Secrets({"", "ENDURE_TEST_SECRET_", key}).value("api-key") == "from the environment");
  CHECK(Secrets({"", "ENDURE_TEST_SECRET_", key})
            .value("other")
            .error()
            .what.find("ENDURE_TEST_SECRET_OTHER") != std::string::npos);
  ::unsetenv("ENDURE_TEST_SECRET_API_KEY");
  CHECK(Secrets({"", "", key}).value("api-key").error().code == Code::not_found);
}

TEST_CASE("placeholders become values, whole or within text", "[secrets]") {
  const Folder folder;
  folder.put("token", "abc/def");
  folder.put("login", R"({"user": "me", "pin": 1234})");
  const Secrets secrets({folder.path, "", key});
  SecretValues values;
  const Json data{{"whole", placeholder({"login"})},
                  {"part", placeholder({"login", "pin"})},
                  {"text", "Bearer " + placeholder({"token"}) + "!"},
                  {"plain", {1, "x"}}};
  const auto revealed = secrets.reveal(data, number, values);
  REQUIRE(revealed);
  CHECK(*revealed == Json{{"whole", {{"user", "me"}, {"pin", 1234}}},
                          {"part", 1234},
                          {"text", "Bearer abc/def!"},
                          {"plain", {1, "x"}}});
  CHECK(*secrets.reveal_uri("https://x/" + placeholder({"token"}), number, values) ==
        "https://x/abc%2Fdef");
  CHECK(*secrets.reveal_uri(placeholder({"token"}) + "/x", number, values) == "abc/def/x");
}

TEST_CASE("what is no placeholder of this workflow stays as it is", "[secrets]") {
  const Folder folder;
  folder.put("token", "abc");
  const Secrets secrets({folder.path, "", key});
  SecretValues values;
  for (const std::string& text :
       {placeholder({"token"}, 8),
        std::string("endure-secret.token.mac-00112233445566778899aabbccddeeff"),
        workflow::make_placeholder({"token"}, number, "another key"),
        placeholder({"$authorization"})}) {
    INFO(text);
    CHECK(*secrets.reveal(text, number, values) == text);
  }
  CHECK(values.empty());
}

TEST_CASE("a secret that is not there, or does not fit, is a fault of its own", "[secrets]") {
  const Folder folder;
  folder.put("login", R"({"user": "me"})");
  const Secrets secrets({folder.path, "", key});
  SecretValues values;
  const auto unset = secrets.reveal(placeholder({"none"}), number, values);
  CHECK(secret_fault(unset.error()).status == 403);
  CHECK(secret_fault(unset.error()).type.ends_with("/authorization"));
  const auto member = secrets.reveal(placeholder({"login", "pin"}), number, values);
  CHECK(member.error().what == "the secret 'login' has no member 'pin'");
  const auto object = secrets.reveal("a " + placeholder({"login"}), number, values);
  CHECK(object.error().code == Code::invalid);
  CHECK(secret_fault(object.error()).type.ends_with("/configuration"));
}

TEST_CASE("values are masked in whatever form they come back", "[secrets]") {
  SecretValues values;
  values.add({{"password", "pa ss\"word"}, {"pin", 123456}, {"short", "abc"}, {"flag", true}});
  CHECK(values.masked(std::string("x pa ss\"word y pa%20ss%22word z pa ss\\\"word")) ==
        "x (hidden) y (hidden) z (hidden)");
  const Json json{{"pa ss\"word", {"pa ss\"word", 123456, "abc", true, nullptr}}};
  CHECK(values.masked(json) == Json{{"(hidden)", {"(hidden)", "(hidden)", "abc", true, nullptr}}});
  workflow::Fault fault;
  fault.detail = "123456 is wrong";
  CHECK(values.masked(fault).detail == "(hidden) is wrong");
}

TEST_CASE("of two secrets that hold one another, both are masked whole", "[secrets]") {
  SecretValues values;
  values.add("abcd");
  values.add("abcdefgh");
  CHECK(values.masked(std::string("abcdefgh abcd")) == "(hidden) (hidden)");
}

TEST_CASE("a volume's key is made once, for its user alone, and goes with a copy", "[secrets]") {
  const Folder folder;
  const auto made = open_secret_key(folder.path);
  REQUIRE(made);
  CHECK(made->size() == 32);
  CHECK(*open_secret_key(folder.path) == *made);
  struct stat info {};
  REQUIRE(::stat((folder.path + "/secret.key").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  const Folder copy;
  REQUIRE(copy_secret_key(folder.path, copy.path));
  CHECK(*open_secret_key(copy.path) == *made);
  CHECK(copy_secret_key("/nowhere", copy.path));
  folder.put("secret.key", "cut");
  CHECK(open_secret_key(folder.path).error().code == Code::io);
}
