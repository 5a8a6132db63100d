#include "base/hex.hpp"
#include "tests/support/catch.hpp"

TEST_CASE("bytes are two digits each", "[hex]") {
  CHECK(endure::hex("") == "");
  CHECK(endure::hex(std::string_view("\0\x0F\x7F\x80\xFF", 5)) == "000f7f80ff");
}
