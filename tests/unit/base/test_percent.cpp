#include "base/percent.hpp"
#include "tests/support/catch.hpp"

TEST_CASE("all but the unreserved bytes are percent-encoded", "[percent]") {
  CHECK(endure::percent_encoded("") == "");
  CHECK(endure::percent_encoded("azAZ09-._~") == "azAZ09-._~");
  CHECK(endure::percent_encoded("a b/c?d=e&f%+") == "a%20b%2Fc%3Fd%3De%26f%25%2B");
  CHECK(endure::percent_encoded("\xC3\xA4") == "%C3%A4");
  CHECK(endure::percent_encoded(std::string_view("\0\x7F\xFF", 3)) == "%00%7F%FF");
}
