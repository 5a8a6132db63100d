#include "config/address.hpp"
#include "tests/support/catch.hpp"

using endure::config::address_from;

TEST_CASE("addresses are split into host and port") {
  CHECK(address_from("127.0.0.1:7450", "")->port == 7450);
  CHECK(address_from("[::1]:0", "")->host == "::1");
  CHECK(address_from("tcp://0.0.0.0:1", "tcp://")->host == "0.0.0.0");
}

TEST_CASE("what is no address is refused") {
  const auto* text = GENERATE("", "7450", "localhost", ":7450", "localhost:", "localhost:x",
                              "localhost:65536", "::1:80", "http://localhost:80", "a b:80", "[]:1");
  CAPTURE(text);
  CHECK_FALSE(address_from(text, ""));
}

TEST_CASE("an address without its scheme is refused") {
  CHECK_FALSE(address_from("127.0.0.1:1", "tcp://"));
  CHECK_FALSE(address_from("ipc:///tmp/x", "tcp://"));
}

TEST_CASE("only addresses of this machine alone are loopback") {
  CHECK(address_from("127.0.0.1:1", "")->loopback());
  CHECK(address_from("127.9.9.9:1", "")->loopback());
  CHECK(address_from("localhost:1", "")->loopback());
  CHECK(address_from("[::1]:1", "")->loopback());
  CHECK_FALSE(address_from("0.0.0.0:1", "")->loopback());
  CHECK_FALSE(address_from("*:1", "")->loopback());
  CHECK_FALSE(address_from("[::]:1", "")->loopback());
  CHECK_FALSE(address_from("127.0.0.1.example.org:1", "")->loopback());
}
