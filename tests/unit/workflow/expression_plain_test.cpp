// The plain part of jq, which the node evaluates itself, against libjq.
#include <random>

#include "tests/unit/workflow/expression_support.hpp"
#include "workflow/expressions/plain.hpp"

using namespace endure;
using namespace endure::workflow;
using namespace endure::workflow::testing;

namespace {

std::optional<PlainNode> plain(const std::string& text) {
  return parse_plain(tokenize(text));
}

// What the node itself says; "jq" where it leaves the word to libjq.
std::string here(const std::string& text, const std::string& input) {
  const auto program = plain(text);
  if (!program) return "no plain program";
  const auto value = evaluate_plain(*program, scope_of(input));
  return value ? value->json().dump() : "jq";
}

// Writes random programs by jq's grammar, with operators side by side, so that precedence matters.
class Writer {
 public:
  explicit Writer(unsigned seed) : random_(seed) {}

  std::string program() {
    terms_left_ = 14;
    return pipe(0);
  }

  Json document(int level) {
    switch (pick(level > 2 ? 6 : 10)) {
      case 0: return nullptr;
      case 1: return pick(2) == 0;
      case 2: return static_cast<int>(pick(20)) - 10;
      case 3: return pick(64) / 8.0;
      case 4: return "text";
      case 5: return std::string(1, static_cast<char>('a' + pick(3))) + "é";
      case 6: return Json::array({document(level + 1), document(level + 1)});
      default:
        return {{"a", document(level + 1)}, {"b", document(level + 1)}, {"c", document(level + 1)}};
    }
  }

 private:
  unsigned pick(unsigned n) { return static_cast<unsigned>(random_() % n); }
  bool again(unsigned n) { return terms_left_ > 0 && pick(n) == 0; }
  template <std::size_t N>
  std::string one_of(const char* const (&texts)[N]) {
    return texts[pick(N)];
  }

  std::string pipe(int level) {
    std::string text = alternative(level);
    while (again(4)) text += " | " + alternative(level);
    return text;
  }
  std::string alternative(int level) {
    std::string text = logic(level);
    while (again(6)) text += " // " + logic(level);
    return text;
  }
  std::string logic(int level) {
    std::string text = comparison(level);
    while (again(6)) text += one_of({" and ", " or "}) + comparison(level);
    return text;
  }
  std::string comparison(int level) {
    std::string text = sum(level);
    if (again(3)) text += one_of({" == ", " != ", " < ", " <= ", " > ", ">="}) + sum(level);
    return text;
  }
  std::string sum(int level) {
    std::string text = (pick(10) == 0 ? "-" : "") + product(level);
    while (again(3)) text += one_of({" + ", " - ", "+", " + -"}) + product(level);
    return text;
  }
  std::string product(int level) {
    std::string text = operand(level);
    while (again(6)) text += one_of({" * ", " / ", " % "}) + operand(level);
    return text;
  }
  std::string operand(int level) {
    if (!again(8)) return term(level);
    std::string text = "if " + pipe(level + 1) + " then " + pipe(level + 1);
    if (pick(3) == 0) text += " elif " + pipe(level + 1) + " then " + pipe(level + 1);
    return text + " else " + pipe(level + 1) + " end";
  }
  std::string term(int level) {
    if (--terms_left_ <= 0 || pick(2) != 0) {
      return one_of({".",     ".a",          ".b",         ".a.b",   ".c.a",     "$v",
                     "$v.a",  ".[0]",        ".a[1]",      ".[-1]",  ".[\"c\"]", "1",
                     "2.5",   "3",           "\"a\"",      "\"\"",   "null",     "true",
                     "false", "\"te\\txt\"", "(.a | not)", "length", "type"});
    }
    const std::string inner = pipe(level + 1);
    switch (pick(12)) {
      case 0: return "(" + inner + ").a";
      case 1: return "[" + alternative(level + 1) + ", " + alternative(level + 1) + "]";
      case 2: return "[" + inner + "][0]";
      case 3: return "{a: (" + inner + "), b, \"c\": " + term(level + 1) + "}";
      case 4:
        return "{$v, (\"k\" + \"\\(.b)\"): " + term(level + 1) + " | " + term(level + 1) + "}.v";
      case 5: return "\"<\\(" + inner + ")>\\(.a)\"";
      case 6:
        return "(" + inner + " | " +
               one_of({"length", "not", "type", "floor", "tostring", "ascii_upcase"}) + ")";
      case 7:
        return "(\"text\" | " +
               one_of({"startswith", "endswith", "ltrimstr", "rtrimstr", "contains"}) + "(" +
               one_of({"\"t\"", "\"text\"", "\"x\"", ".a", "\"\""}) + "))";
      case 8: return "(.a | has(\"a\"))";
      case 9: return "(" + inner + " | ascii_downcase)";
      case 10: return ".[" + inner + "]";
      default: return "(" + inner + ")";
    }
  }

  std::mt19937 random_;
  int terms_left_ = 0;
};

}  // namespace

TEST_CASE("random plain programs over random documents give what libjq gives") {
  Writer writer(20260131);
  int answered = 0;
  for (int batch = 0; batch < 30; ++batch) {
    // One jq program asks for many at a time, because compiling one takes longer than running 1000.
    std::vector<std::string> texts;
    std::string all;
    for (int i = 0; i < 25; ++i) {
      texts.push_back(writer.program());
      all += (i == 0 ? "[" : ", ") + ("(try [(" + texts.back() + ")] catch \"error\")");
    }
    all += "]";
    for (int i = 0; i < 8; ++i) {
      const Scope scope{Value(writer.document(0)), {{"v", Value(writer.document(0))}}};
      const auto theirs = only_libjq().evaluate(as_program(all), scope);
      INFO(all << (theirs ? "" : theirs.error().what));
      if (!theirs && theirs.error().what.find("by zero?") != std::string::npos) break;  // folded
      REQUIRE(theirs);
      for (std::size_t n = 0; n < texts.size(); ++n) {
        const auto program = plain(texts[n]);
        INFO(texts[n] << " of " << scope.input.json() << ", $v " << scope.find("v")->json());
        REQUIRE(program);
        const auto ours = evaluate_plain(*program, scope);
        if (!ours) continue;
        ++answered;
        CHECK(Json::array({ours->json()}) == theirs->json()[n]);
      }
    }
  }
  CHECK(answered > 900);  // the rest are errors, fractions as text, compared documents
}

TEST_CASE("common conditions and mappings are evaluated here") {
  const std::string input =
      R"({"score": 0.75, "post": {"id": "p1", "text": "Refund!"}, "n": 3, "tags": ["a", "b"]})";
  CHECK(here(".score < 0.8 and .score >= 0.5", input) == "true");
  CHECK(here(".post.text | ascii_downcase | contains(\"refund\")", input) == "true");
  CHECK(here("{id: .post.id, n: (.n + 1), first: .tags[0], none: .x}", input) ==
        R"({"first":"a","id":"p1","n":4,"none":null})");
  CHECK(here("\"\\(.post.id)/\\(.n)\"", input) == R"("p1/3")");
  CHECK(here(".missing // \"default\"", input) == R"("default")");
  CHECK(here("if .n > 2 then \"many\" elif .n > 1 then \"two\" else \"few\" end", input) ==
        R"("many")");
  CHECK(here(".tags | length == 2", input) == "true");
  CHECK(here(".post + {x: 1} | .x", input) == "1");
  CHECK(here("-.n + 1", input) == "-2");
  CHECK(here("7 % 3 * 2 - 10 / 4", input) == "-0.5");
}

TEST_CASE("errors and unusual values are left to libjq") {
  const std::string input = R"({"a": 1.5, "o": {}, "big": 9007199254740993})";
  for (const auto* text :
       {".a.b", ".a + \"x\"", "\"\\(.a)\"", ".o == {}", "1 / 0", ".big + 1", ".big > 1", "$nope",
        "1e308 * 10", "{(.a): 1}", ".o | ascii_upcase", "\"a\" - 1", "true | length", ".[true]"}) {
    INFO(text);
    CHECK(here(text, input) == "jq");
  }
}

TEST_CASE("what may give none or many outputs is not plain") {
  for (const auto* text : {".[]",         "1, 2",        "empty",      "..",
                           "map(.)",      ".a?",         "select(.a)", "range(3)",
                           ".[1:]",       "[1, 2 | 3]",  "try .a",     "reduce .[] as $x (0; .)",
                           ". as $x | 1", "def f: 1; f", ".a = 1",     "@base64",
                           "\"\\u00e9\"", "{a: 1 + 2}",  "1 < 2 < 3",  "if . then 1 end.a",
                           "{a, }",       "not(1)",      "has"}) {
    INFO(text);
    CHECK_FALSE(plain(text));
  }
}

TEST_CASE("work that grows is left to the sandbox") {
  std::string doubling = ".";
  for (int i = 0; i < 40; ++i) doubling += " | . + .";
  CHECK(here(doubling, "\"xxxxxxxxxx\"") == "jq");
  std::string nested = ".";
  for (int i = 0; i < 40; ++i) nested += " | [., .]";
  CHECK(here(nested, "1") == "jq");
  std::string sum = "1";
  for (int i = 0; i < 400; ++i) sum += "+1";
  CHECK(here(sum, "1") == "no plain program");
}
