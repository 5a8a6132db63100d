// Texts that are made to be slow or large. A quadratic step would take minutes here.

#include <ctime>

#include "tests/support/definitions.hpp"

namespace endure::workflow::test {

namespace {

std::string repeated(const std::string& part, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += part;
  return text;
}

void check_quick(const std::string& name, const std::string& text) {
  INFO(name);
  const std::clock_t before = std::clock();
  CHECK_FALSE(parse(text));
  const auto seconds = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
  CHECK(seconds < 30);  // of the processor: far above what it takes, far below what a square would
}

}  // namespace

TEST_CASE("many keys that nobody knows are refused quickly") {
  std::string text;
  for (int i = 0; i < 60'000; ++i) text += "k" + std::to_string(i) + ": 1\n";
  check_quick("keys", text);
}

TEST_CASE("many ways to nowhere are refused quickly") {
  std::string tasks;
  for (int i = 0; i < 9'000; ++i) {
    tasks += "- t" + std::to_string(i) + ": {set: {x: 1}, then: zz}\n";
  }
  check_quick("then", with_tasks(tasks));
}

TEST_CASE("one sign repeated is read or refused quickly") {
  for (const char* part :
       {"[", "{",     "- ",  "? ", "a: ", "&a ", "!x ", "'",       "\"", "|\n",
        "%", "---\n", "*a ", "#",  "\t",  ": ",  ",",   "{\"a\":", "[]", "- a\n"}) {
    check_quick(part, repeated(part, 200'000));
  }
}

TEST_CASE("a large function that is called often is refused before it fills the memory") {
  std::string text =
      header() + "use: {functions: {f: {set: {x: [" + repeated("1,", 50'000) + "1]}}}}\ndo:\n";
  for (int i = 0; i < 3'000; ++i) text += "- t" + std::to_string(i) + ": {call: f}\n";
  ParseLimits limits;
  limits.max_bytes = 150'000;
  CHECK_THAT(problems_of(text, limits), Catch::Contains("make the definition too large"));
}

}  // namespace endure::workflow::test
