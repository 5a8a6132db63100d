// `$secrets` and `$authorization`: what a workflow sees of them.
#include "tests/support/catch.hpp"
#include "tests/unit/workflow/decide_driver.hpp"
#include "workflow/secret_placeholder.hpp"

namespace endure::workflow::test {
namespace {

constexpr std::string_view key = "a key of 32 bytes, or so it seems";

std::string placeholder(const SecretPath& path, WorkflowNumber number = 1) {
  return make_placeholder(path, number, key);
}

}  // namespace

TEST_CASE("a placeholder is found again, by its workflow and key alone") {
  const SecretPath path{"my-secret", "a key.with~all/of it", "ü"};
  const std::string text = "Bearer " + placeholder(path, 7) + ".";
  const auto found = find_placeholder(text, 7, key);
  REQUIRE(found);
  CHECK(found->path == path);
  CHECK(text.substr(0, found->at) == "Bearer ");
  CHECK(text.substr(found->at + found->size) == ".");
  CHECK_FALSE(find_placeholder(text, 8, key));
  CHECK_FALSE(find_placeholder(text, 7, "another key"));
  std::string forged = text;
  forged[found->at + 16] ^= 1;
  CHECK_FALSE(find_placeholder(forged, 7, key));
  CHECK_FALSE(find_placeholder("endure-secret.mine.mac-0123", 7, key));
}

TEST_CASE("a placeholder has nothing that percent-encoding changes") {
  for (const char c : placeholder({"a b", "c/d?e", "%"})) {
    INFO(c);
    CHECK((std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("-._~").find(c) != std::string_view::npos));
  }
}

TEST_CASE("an authentic placeholder is found behind one that is none") {
  const std::string text = placeholder({"a"}, 9) + placeholder({"b"}, 1);
  const auto found = find_placeholder(text, 1, key);
  REQUIRE(found);
  CHECK(found->path == SecretPath{"b"});
}

TEST_CASE("the secrets that a program names are told") {
  CHECK(*secrets_named(R"(.a + $secrets.one.user + $secrets["two"]["x y"] + $secrets."three")") ==
        std::vector<SecretPath>{{"one", "user"}, {"two", "x y"}, {"three"}});
  CHECK(secrets_named("$secretsOfMine")->empty());
  CHECK_FALSE(secrets_named("$secrets"));
  CHECK_FALSE(secrets_named("$secrets[.a]"));
  CHECK_FALSE(secrets_named("$secrets | .a"));
}

TEST_CASE("secrets are placeholders wherever they are used, in steps and outputs alike") {
  Driver flow(R"(
- a: {set: {whole: '${ $secrets.mine }', part: '${ $secrets.mine.user }', text: '${ "Bearer " + $secrets.token }'}}
- b: {call: http, with: {method: get, endpoint: {uri: 'https://x/{part}', authentication: {basic: {use: mine}}}, headers: {Authorization: '${ .text }'}}}
)",
              "use: {secrets: [mine, token]}\n");
  flow.decision.secret_key = key;
  flow.start();
  const WorkflowNumber number = flow.snapshot().number;
  const auto& request = flow.steps.begin()->second.arguments;
  CHECK(request.at("uri") == "https://x/" + placeholder({"mine", "user"}, number));
  CHECK(request.at("headers").at("Authorization") == "Bearer " + placeholder({"token"}, number));
  CHECK(request.at("authentication") == Json({{"basic", placeholder({"mine"}, number)}}));
}

TEST_CASE("a placeholder that comes back from outside is hidden") {
  Driver flow(R"(
- a: {call: work, with: {token: '${ $secrets.mine }'}}
- b: {set: {text: '${ .said }'}}
- c: {listen: {to: {one: {with: {type: t}}}}}
)",
              "use: {secrets: [mine]}\n");
  flow.decision.secret_key = key;
  flow.start();
  const auto sent = flow.steps.begin()->second.arguments.at("token").get<std::string>();
  const auto foreign = placeholder({"mine"}, 8);
  flow.complete("work", {{"said", "it was " + sent + " and " + foreign}});
  flow.send("t", {{"echo", {sent}}});
  REQUIRE(flow.phase() == Phase::completed);
  CHECK(flow.output().dump().find(sent) == std::string::npos);
  CHECK(flow.output().dump().find("(hidden)") != std::string::npos);
}

TEST_CASE("`$authorization` names the scheme, and its parameter by a placeholder") {
  Driver flow(R"(
- a:
    call: http
    with:
      method: get
      endpoint: {uri: 'https://x', authentication: {bearer: {token: '${ .t }'}}}
      headers: {X-Copy: '${ $authorization.scheme + " " + $authorization.parameter }'}
    output: {as: '${ $authorization.scheme }'}
)");
  flow.decision.secret_key = key;
  flow.start({{"t", "plain"}});
  const auto& request = flow.steps.begin()->second.arguments;
  CHECK(request.at("headers").at("X-Copy") ==
        "Bearer " + placeholder({"$authorization"}, flow.snapshot().number));
  flow.complete("endure.http", "done");
  CHECK(flow.output() == "Bearer");
}

}  // namespace endure::workflow::test
