#include "persistence/envelope.hpp"

#include "tests/support/catch.hpp"

using namespace endure;
using namespace endure::persistence;

namespace {

std::string sealed(const std::string& payload, std::uint8_t version) {
  std::string record(envelope_bytes, '\0');
  record += payload;
  seal(record, version);
  return record;
}

}  // namespace

TEST_CASE("a sealed record gives back its payload and version", "[envelope]") {
  const auto record = sealed("payload", 3);
  std::uint8_t version = 0;
  const auto payload = unseal(record, 5, &version);
  REQUIRE(payload);
  CHECK(*payload == "payload");
  CHECK(version == 3);
}

TEST_CASE("the envelope's bytes are the documented ones", "[envelope]") {
  // CRC-32 of "\x01" "123": pinned, because other programs may read volumes.
  const auto record = sealed("123", 1);
  REQUIRE(record.size() == envelope_bytes + 3);
  CHECK(record[0] == 1);
  CHECK(record.substr(envelope_bytes) == "123");
  const std::uint32_t crc = static_cast<std::uint8_t>(record[1]) |
                            static_cast<std::uint32_t>(static_cast<std::uint8_t>(record[2])) << 8 |
                            static_cast<std::uint32_t>(static_cast<std::uint8_t>(record[3])) << 16 |
                            static_cast<std::uint32_t>(static_cast<std::uint8_t>(record[4])) << 24;
  CHECK(crc == 0xeef102b9U);
}

TEST_CASE("a record with any one bit flipped is corrupt", "[envelope]") {
  const auto record = sealed("some payload", 1);
  for (std::size_t bit = 0; bit < record.size() * 8; ++bit) {
    auto damaged = record;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    const auto payload = unseal(damaged, 255);
    INFO("bit " << bit);
    REQUIRE_FALSE(payload);
    CHECK(payload.error().code == Code::corrupt);
  }
}

TEST_CASE("a record that was cut short is corrupt", "[envelope]") {
  const auto record = sealed("some payload", 1);
  for (std::size_t size = 0; size < record.size(); ++size) {
    const auto payload = unseal(std::string_view(record).substr(0, size), 1);
    REQUIRE_FALSE(payload);
    CHECK(payload.error().code == Code::corrupt);
  }
}

TEST_CASE("a record of a newer version is refused, and told apart from a damaged one",
          "[envelope]") {
  const auto payload = unseal(sealed("x", 2), 1);
  REQUIRE_FALSE(payload);
  CHECK(payload.error().code == Code::invalid);
  CHECK(payload.error().what.find("version 2") != std::string::npos);
}
