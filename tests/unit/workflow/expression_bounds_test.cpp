// No expression takes the process down, holds its thread for long, or takes much memory.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <fstream>
#include <memory>
#include <utility>

#include "tests/support/slower.hpp"
#include "tests/unit/workflow/expression_support.hpp"

using namespace endure;
using namespace endure::workflow;
using namespace endure::workflow::testing;

namespace {

const std::int64_t deadline_ms = 60 * endure::testing::slower();

// What a process does not stop by its bound of CPU time is given up as Code::retry_later, and so is
// what hardly gets any: that is asked again.
class Patient final : public Expressions {
 public:
  explicit Patient(std::unique_ptr<Expressions> asked) : asked_(std::move(asked)) {}

  Result<Value> evaluate(const Expression& expression, const Scope& scope) override {
    return decided([&] { return asked_->evaluate(expression, scope); });
  }
  Result<Expression> compile(const std::string& text) override {
    return decided([&] { return asked_->compile(text); });
  }

 private:
  template <class Ask>
  static auto decided(const Ask& ask) -> decltype(ask()) {
    auto answer = ask();
    for (int i = 0; i < 20 && !answer && answer.error().code == Code::retry_later; ++i) {
      answer = ask();
    }
    return answer;
  }

  const std::unique_ptr<Expressions> asked_;
};

Expressions& tight() {
  static const auto made = [] {
    ExpressionLimits limits;
    limits.deadline_ms = deadline_ms;
    limits.max_memory_bytes = 96U << 20U;
    return std::make_unique<Patient>(make_expressions(limits));
  }();
  return *made;
}

std::vector<pid_t> children() {
  std::ifstream file("/proc/self/task/" + std::to_string(::getpid()) + "/children");
  std::vector<pid_t> pids;
  for (pid_t pid = 0; file >> pid;) pids.push_back(pid);
  return pids;
}

// Of this thread alone; by the clock a busy machine may take long.
double cpu_ms() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

}  // namespace

TEST_CASE("a hostile expression gives an error, soon, and the next one works") {
  static const char* const texts[] = {
      "[range(1e12)]",
      "range(1e12) | select(false)",
      "last(range(1e12))",
      "\"x\" * 1e9",
      "[limit(1e9; repeat(1))]",
      "def f: [f]; f",
      "def f: f; f",
      "def f: f | f; f",
      "def f: {a: f}; f",
      "first(repeat(empty))",
      "reduce range(100) as $i (\"x\"; . + .)",
      "reduce range(100) as $i ([1]; . + .)",
      "reduce range(1e9) as $i (0; [.])",
      "[recurse([.])]",
      "reduce range(40) as $i (0; [., .]) | [..] | length",
      "until(false; .)",
      "[range(300000)] | map([.] | tostring) | sort | join(\",\") * 1000",
      "[range(1e6)] | combinations(3)",
      "[range(2000)] - [range(2000; 4000)] | [limit(2000; repeat(.))] | flatten",
      "(\"a\" * 30 + \"b\") | [limit(1e9; repeat(test(\"(a|aa)+$\")))]",
      "(\"ab\" * 200000) | [match(\"(a?b?)*?c\"; \"g\")] | until(false; .)",
      "(\"x\" * 1e7) | [limit(1e9; repeat(explode | implode))]",
      "[range(1e7)] | tojson | fromjson | until(false; .)",
      "{} | .[\"a\" * 1e8] = 1",
      "null | setpath([1e9]; 1)",
      "[] | .[536870911] = 1",
      "[] | .[1e18] = 1",
      "(\"x\" * 1e6) | gsub(\"x\"; \"yyyyyyyyyyyyyyyyyyyy\")",
      "[range(1e6)] | until(false; sort_by(-.))",
      "[range(1e5)] | until(false; map(tostring) | @csv)",
      "label $f | until(false; .)",
      "1e9 | [limit(.; range(.))] | @text",
      "reduce range(60000) as $i (0; [.]) | until(false; tojson)",
      "\"[\" * 1e6 | fromjson | until(false; .)"};
  for (const char* const text : texts) {
    INFO(text);
    const auto expression = tight().compile(text);
    INFO((expression ? "" : expression.error().what));
    REQUIRE(expression);
    const auto before_ms = cpu_ms();
    const auto value = tight().evaluate(*expression, Scope{});
    const auto took_ms = cpu_ms() - before_ms;
    INFO((value ? value->json().dump().substr(0, 200) : value.error().what));
    REQUIRE_FALSE(value);
    CHECK(value.error().code == Code::invalid);
    CHECK(took_ms < static_cast<double>(20 * deadline_ms));
    CHECK(outcome(tight(), "[.[]] | length", scope_of("[1, 2]")) == "2");
  }
}

TEST_CASE("a value that breaks an assertion or the stack of jq gives an error or a value") {
  // What jq 1.6 makes of these differs with its patches; that the node lives does not.
  static const char* const texts[] = {"[1114112] | implode",
                                      "[-1] | implode",
                                      "[\"a\"] | implode",
                                      "[55296] | implode",
                                      "[1e300] | implode",
                                      "\"2026-02-30T25:61:61Z\" | strptime(\"%Y-%m-%dT%H:%M:%SZ\")",
                                      "\"1\" | strptime(\"%j\") | mktime",
                                      "[1e300,0,0,0,0,0,0,0] | mktime",
                                      "1e300 | todate",
                                      "[0,0,0,0,0,0,0,0] | strftime(\"\")",
                                      "nan | tojson",
                                      "[nan] | sort | tojson",
                                      "[infinite, -infinite, nan]",
                                      "limit(0; 1)",
                                      "limit(-1; 1)",
                                      "[splits(\"a\")]",
                                      "\"=\" | @base64d",
                                      "\"a\" | @base64d",
                                      "[1,[2]] | getpath([\"a\",\"b\"])",
                                      "{} | delpaths([[1e9]])",
                                      "[1] | delpaths([[{}]])",
                                      "[1,2,3] | .[1e300:]",
                                      "[1,2,3] | .[nan]",
                                      "[1,2,3] | .[-1e300:1e300]",
                                      "\"abc\" | .[1:nan]",
                                      "error(null)",
                                      "error",
                                      "try error(\"\\(1)\") catch .",
                                      "break",
                                      ". as [$a, {b: $c}] | $a",
                                      "@sh",
                                      "{} | @sh",
                                      "[[1]] | @csv",
                                      "ltrimstr(1)",
                                      "1 % 0.5",
                                      "1 % 0",
                                      "5 % -9223372036854775808",
                                      "[limit(3; repeat(1))] | flatten(-1)",
                                      "\"x\" | test(\"(\")",
                                      "\"x\" | test(\"x\"; \"q\")",
                                      "\"\" | sub(\"\"; \"a\")",
                                      "\"\\u0000\" | explode",
                                      "input_line_number?",
                                      "ascii",
                                      "@json \"x\\(1)\"",
                                      "$__loc__",
                                      "builtins | length > 0",
                                      "tojson | fromjson",
                                      "getpath([\"a\",0,\"b\"])",
                                      "paths",
                                      "[splits(\"a\";\"g\")]",
                                      "\"aé\" | .[0:1]",
                                      "{} | has(1)",
                                      "[] | has(-1)",
                                      "{a:1} | to_entries | from_entries",
                                      "ldexp(1; 1e9)",
                                      "pow(0; -1)",
                                      "[.[]?]",
                                      "tostream",
                                      "fromstream(1|truncate_stream(1;1))",
                                      "getpath(1)",
                                      "env?",
                                      "splits(1)",
                                      "ltrimstr(\"a\";1)?",
                                      "\"a,b\" | split(\", \"; null)",
                                      "@uri \"\\(\"é\")\""};
  for (const char* const text : texts) {
    INFO(text);
    const auto expression = tight().compile(text);
    if (expression) {
      const auto value = tight().evaluate(*expression, Scope{});
      if (!value) CHECK(value.error().code == Code::invalid);
    } else {
      CHECK(expression.error().code == Code::invalid);
    }
    CHECK(outcome(tight(), "[.[]] | length", scope_of("[1, 2]")) == "2");
  }
}

TEST_CASE("a program that is deep, wide or long to compile gives an error or compiles, soon") {
  std::string text;
  SECTION("parentheses") {
    text = std::string(8'000, '(') + "1" + std::string(8'000, ')');
  }
  SECTION("brackets of a literal") {
    text = std::string(8'000, '[') + std::string(8'000, ']');
  }
  SECTION("brackets of a program") {
    text = std::string(8'000, '[') + "." + std::string(8'000, ']');
  }
  SECTION("open brackets") {
    text = std::string(16'000, '[');
  }
  SECTION("signs") {
    text = "1" + std::string(16'000, '-') + "1";
  }
  SECTION("a long sum") {
    text = "1";
    while (text.size() < 16'000) text += "+1";
  }
  SECTION("a long path") {
    while (text.size() < 16'000) text += ".a";
  }
  SECTION("a long pipe") {
    text = ".";
    while (text.size() < 16'000) text += "|.+.";
  }
  SECTION("splices") {
    for (int i = 0; i < 3'000; ++i) text += "\"\\(";
    text += "1";
    for (int i = 0; i < 3'000; ++i) text += ")\"";
  }
  SECTION("functions") {
    while (text.size() < 15'000) text += "def f: 1; def g: f; ";
    text += "g";
  }
  SECTION("nested functions") {
    for (int i = 0; i < 400; ++i) text += "def f" + std::to_string(i) + ": ";
    text += "1";
    for (int i = 399; i >= 0; --i) text += "; f" + std::to_string(i);
  }
  const auto before_ms = cpu_ms();
  const auto expression = tight().compile(text);
  const Scope scope{Value("x"), {}};
  if (expression) {
    const auto value = tight().evaluate(*expression, scope);
    if (!value) CHECK(value.error().code == Code::invalid);
  } else {
    CHECK(expression.error().code == Code::invalid);
  }
  CHECK(cpu_ms() - before_ms < static_cast<double>(20 * deadline_ms));
  CHECK(outcome(tight(), "[.[]] | length", scope_of("[1, 2]")) == "2");
}

TEST_CASE("hostile expressions do not make the node itself grow") {
  const auto* const text = "reduce range(100) as $i (\"x\"; . + .)";
  const auto expression = tight().compile(text);
  REQUIRE(expression);
  REQUIRE_FALSE(tight().evaluate(*expression, Scope{}));
  rusage before{};
  ::getrusage(RUSAGE_SELF, &before);
  for (int i = 0; i < 5; ++i) CHECK_FALSE(tight().evaluate(*expression, Scope{}));
  rusage after{};
  ::getrusage(RUSAGE_SELF, &after);
  CHECK(after.ru_maxrss - before.ru_maxrss < 8 * 1024);  // KiB
}

TEST_CASE("a deep document is refused rather than walked") {
  Json deep = 1;
  for (int i = 0; i < 300; ++i) deep = Json::array({std::move(deep)});
  const Scope scope{Value(std::move(deep)), {}};
  CHECK(outcome(expressions(), "[.[]]", scope) == "error: . is nested deeper than 256");
  CHECK(eval("reduce range(300) as $i (0; [.])").find("nested deeper than 256") !=
        std::string::npos);
  CHECK(eval("reduce range(256) as $i (0; [.])") ==
        std::string(256, '[') + "0" + std::string(256, ']'));
}

TEST_CASE("a result and an input have a size limit") {
  ExpressionLimits limits;
  limits.max_result_bytes = 1000;
  limits.max_input_bytes = 1000;
  const auto small = make_expressions(limits);
  CHECK(outcome(*small, "[range(200)]", Scope{}).find("larger than 1000 bytes") !=
        std::string::npos);
  CHECK(outcome(*small, "[range(50)] | length", Scope{}) == "50");
  const auto expression = small->compile("[.[]]");
  REQUIRE(expression);
  const auto value = small->evaluate(*expression, Scope{Value(Json(std::vector<int>(500, 1))), {}});
  REQUIRE_FALSE(value);
  CHECK(value.error().code == Code::full);
}

TEST_CASE("an error's text is cut where it would be long") {
  const std::string text = eval("error(\"é\" * 100000)");
  CHECK(text.size() < 2100);
  CHECK(text.find("ééé…") != std::string::npos);
}

TEST_CASE("a program that doubles its value in plain steps does not fill the node's memory") {
  std::string text = ".";
  for (int i = 0; i < 60; ++i) text += "|.+.";
  const std::string result = outcome(tight(), text, Scope{Value("x"), {}});
  CHECK(result.starts_with("error: the expression "));  // took too much memory, or too long
}

TEST_CASE("a sandbox whose processes were killed starts new ones") {
  const auto before = children();
  const auto fresh = make_expressions();
  for (const pid_t pid : children()) {
    if (std::find(before.begin(), before.end(), pid) == before.end()) ::kill(pid, SIGKILL);
  }
  CHECK(outcome(*fresh, "[.[]]", scope_of("[1]")) == "[1]");
}
