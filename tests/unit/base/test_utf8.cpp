#include "base/utf8.hpp"

#include "tests/support/catch.hpp"

using namespace endure;

TEST_CASE("UTF-8 is told from what only looks like it", "[utf8]") {
  CHECK(is_utf8("plain"));
  CHECK(is_utf8("\xf0\x9f\x98\x80"));
  for (const char* text : {"\x80", "\xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe0\x80\x80"}) {
    CHECK_FALSE(is_utf8(text));
  }
}

TEST_CASE("the first byte that is no UTF-8 is found", "[utf8]") {
  CHECK(first_invalid_utf8("abcdefgh\xa0") == 8);
  CHECK(first_invalid_utf8("\xf0\x9f\x98\x80 and \xc3") == 9);
  CHECK(first_invalid_utf8("") == std::string_view::npos);
}

TEST_CASE("what is no UTF-8 becomes printable", "[utf8]") {
  CHECK(printable("\xc3\xa9") == "\xc3\xa9");
  CHECK(printable("caf\xe9 \xc3\xa9") == "caf\xef\xbf\xbd \xc3\xa9");
  CHECK(printable("\xe0\x80") == "\xef\xbf\xbd\xef\xbf\xbd");
}

TEST_CASE("a text is cut between two characters", "[utf8]") {
  CHECK(utf8_start("plain", 9) == "plain");
  CHECK(utf8_start("plain", 2) == "pl");
  for (const std::size_t bytes : {1U, 2U, 3U, 4U})
    CHECK(utf8_start("a\xf0\x9f\x98\x80z", bytes) == "a");
  CHECK(utf8_start("a\xf0\x9f\x98\x80z", 5) == "a\xf0\x9f\x98\x80");
}
