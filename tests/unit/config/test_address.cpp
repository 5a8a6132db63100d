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

TEST_CASE("a connection is two addresses with ports") {
  const auto connection = endure::config::connection_from("api.example:443=127.0.0.1:8443");
  REQUIRE(connection);
  CHECK(connection->from.host == "api.example");
  CHECK(connection->from.port == 443);
  CHECK(connection->to.host == "127.0.0.1");
  CHECK(connection->to.port == 8443);
  CHECK(endure::config::connection_from("[::1]:80=[::1]:81")->to.host == "::1");
  for (const char* wrong : {"", "a:1", "a:1=", "=b:2", "a=b", "a:1=b", "a:0=b:1", "a:1=b:0",
                            "a:1=b:99999", "a:1=b:2=c:3", "a:b:1=c:2"}) {
    INFO(wrong);
    const auto refused = endure::config::connection_from(wrong);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().what.find("host:port=host:port") != std::string::npos);
  }
}
