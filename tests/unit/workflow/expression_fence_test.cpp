#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

#include "tests/unit/workflow/expression_support.hpp"
#include "workflow/expressions/sandbox.hpp"
#include "workflow/expressions/wire.hpp"

using namespace endure;
using namespace endure::workflow;
using namespace endure::workflow::testing;

TEST_CASE("what is impure or reaches outside is refused at deployment, by name") {
  for (const auto* text : {"now",
                           "env",
                           "env.HOME",
                           "$ENV",
                           "$ENV.PATH",
                           "input",
                           "[inputs]",
                           "debug",
                           "stderr",
                           "input_filename",
                           "input_line_number",
                           "halt",
                           "halt_error",
                           "halt_error(1)",
                           "get_search_list",
                           "get_prog_origin",
                           "modulemeta",
                           "include \"a\"; .",
                           "import \"a\" as a; .",
                           "$__prog_args",
                           "_input",
                           "\"\\(now)\"",
                           "{a: now}",
                           "{(now): 1}",
                           "[1, env]",
                           ".a[now]",
                           "def f: now; f",
                           "\"\\(\"\\(env)\")\""}) {
    INFO(text);
    const auto expression = expressions().compile(text);
    REQUIRE_FALSE(expression);
    CHECK(expression.error().code == Code::invalid);
    CHECK(expression.error().what.find("is not available: ") != std::string::npos);
  }
}

TEST_CASE("a refusal says what to use instead") {
  CHECK(eval("now - 60").find("$workflow.startedAt") != std::string::npos);
  CHECK(eval("env.TOKEN").find("pass the value in the workflow's input") != std::string::npos);
}

TEST_CASE("fields, keys, variables and text of a forbidden name are fine") {
  const std::string input = R"({"env": 1, "now": 2, "input": 3})";
  CHECK(eval(".env + .now", input) == "3");
  CHECK(eval("{env: .now, now, \"input\"}", input) == R"({"env":2,"input":3,"now":2})");
  CHECK(eval("[.[\"env\"], \"now\"] | length", input) == "2");
  CHECK(eval(". as {env: $now} | [$now, (1 | . + $now)]", input) == "[1,2]");
  Scope scope;
  scope.variables = {{"input", Value(5)}};
  CHECK(outcome(expressions(), "$input | [range(.)] | length", scope) == "5");
}

TEST_CASE("a forbidden name that reaches the sandbox all the same finds nothing there") {
  using Status = wire::Answer::Status;
  ::setenv("ENDURE_TEST_SECRET", "42", 1);
  Sandbox sandbox{ExpressionLimits{}};
  std::string values;
  wire::begin_array(1, values);
  values += 't';
  const auto run = [&](const std::string& program) {
    const wire::Answer answer = sandbox.run(program, values);
    if (answer.status != Status::ok)
      return "status " + std::to_string(static_cast<int>(answer.status));
    return answer.body.empty() ? std::string("nothing") : wire::decode(answer.body, 99)->dump();
  };
  CHECK(run("env") == R"({"TZ":"UTC0"})");
  CHECK(run("$ENV") == R"({"TZ":"UTC0"})");
  CHECK(run("input") == "status 1");
  CHECK(run("try input catch .") == R"("break")");
  CHECK(run("[inputs]") == "[]");
  CHECK(run("debug | stderr") == "[true]");
  CHECK(run("halt") == "nothing");
  CHECK(run("\"x\" | halt_error") == "nothing");
  CHECK(run("include \"a\"; .") == "status 1");
  CHECK(run("import \"/etc/passwd\" as $x; $x") == "status 1");
  CHECK(run("\"/etc/passwd\" | modulemeta") == "status 1");
  CHECK(run("get_search_list") == "[]");
  CHECK(run("input_filename") == "null");
  ::unsetenv("ENDURE_TEST_SECRET");
}

TEST_CASE("times of day are UTC wherever the node runs") {
  ::setenv("TZ", "Asia/Tokyo", 1);
  CHECK(eval("0 | localtime | .[3]") == "0");
  CHECK(eval("0 | strflocaltime(\"%H:%M\")") == "\"00:00\"");
  CHECK(eval("\"2026-01-31T12:00:00Z\" | fromdate") == "1769860800");
  ::unsetenv("TZ");
}

TEST_CASE("a jq file in the home folder changes nothing") {
  char folder[] = "/tmp/endure-home-XXXXXX";
  REQUIRE(::mkdtemp(folder) != nullptr);
  const std::string file = std::string(folder) + "/.jq";
  const int fd = ::open(file.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  REQUIRE(fd >= 0);
  REQUIRE(::write(fd, "def add: 666;", 13) == 13);
  ::close(fd);
  const char* home = std::getenv("HOME");
  const std::string before = home == nullptr ? "" : home;
  ::setenv("HOME", folder, 1);
  const auto fresh = make_expressions();
  const std::string sum = outcome(*fresh, "add", scope_of("[1, 2]"));
  ::setenv("HOME", before.c_str(), 1);
  ::unlink(file.c_str());
  ::rmdir(folder);
  CHECK(sum == "3");
}

TEST_CASE("a sandbox holds none of the node's descriptors") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);  // without O_CLOEXEC, as a library might
  const auto fresh = make_expressions();
  CHECK(outcome(*fresh, "[.[]]", scope_of("[1]")) == "[1]");
  ::close(ends[1]);
  REQUIRE(::fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
  char byte = 0;
  CHECK(::read(ends[0], &byte, 1) == 0);  // end of file: nobody else can write to it
  ::close(ends[0]);
}

TEST_CASE("source that is too long, holds a null character or is no UTF-8 is refused") {
  CHECK(eval("[" + std::string(20'000, '1') + "]")
            .rfind("error: the expression is longer than 16384 bytes", 0) == 0);
  CHECK(eval(std::string("1 +\0 1", 6)) == "error: the expression contains a null character");
  // libjq would put another character there, and the node's own evaluation would not.
  CHECK(eval("\"a\xca\"") == "error: the expression is not UTF-8 at byte 2");
}

TEST_CASE("damaged bytes from a sandbox are an error") {
  const auto refused = [](const std::string& bytes) {
    const auto value = wire::decode(bytes, 8);
    return !value && value.error().code == Code::invalid;
  };
  CHECK(refused(""));
  CHECK(refused("x"));
  CHECK(refused("nn"));
  CHECK(refused("d1234567"));
  CHECK(refused(std::string("s\xff\xff\xff\xff", 5) + "abc"));
  CHECK(refused(std::string("a\xff\xff\xff\xff", 5)));
  CHECK(refused(std::string("o\x01\0\0\0\x01\0\0\0k", 10)));
  std::string deep;
  for (int i = 0; i < 9; ++i) wire::begin_array(1, deep);
  CHECK(refused(deep + "n"));
}
