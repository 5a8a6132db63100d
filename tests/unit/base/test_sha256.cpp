// Against the vectors of FIPS 180-4 and RFC 4231.
#include "base/sha256.hpp"
#include "tests/support/catch.hpp"

using namespace endure;

TEST_CASE("SHA-256 gives the standard's digests") {
  CHECK(hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(hex(sha256(std::string(1'000'000, 'a'))) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("the length of the last block does not matter") {
  // 55 bytes are the most that fit one block with their length; all around it differ.
  CHECK(hex(sha256(std::string(55, 'a')), 4) == "9f4390f8");
  CHECK(hex(sha256(std::string(56, 'a')), 4) == "b35439a4");
  CHECK(hex(sha256(std::string(64, 'a')), 4) == "ffe054fe");
}

TEST_CASE("HMAC-SHA-256 gives the RFC's digests, also for long keys") {
  CHECK(hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")) ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(hex(hmac_sha256(std::string(131, '\xaa'),
                        "Test Using Larger Than Block-Size Key - Hash Key First")) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}
