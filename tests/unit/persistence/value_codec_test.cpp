#include <random>

#include "persistence/codec.hpp"
#include "tests/support/catch.hpp"

using namespace endure;
using namespace endure::persistence;
using workflow::Json;
using workflow::Value;

namespace {

Json round_trip(const Json& json) {
  const auto value = decode_value(encode_value(Value(json)));
  REQUIRE(value);
  return value->json();
}

std::string refusal(std::string_view bytes) {
  const auto value = decode_value(bytes);
  REQUIRE_FALSE(value);
  CHECK(value.error().code == Code::invalid);
  return value.error().what;
}

std::string_view bytes_of(const char* text, std::size_t size) {
  return {text, size};
}

}  // namespace

TEST_CASE("JSON documents survive msgpack unchanged", "[value]") {
  const auto text = GENERATE(
      as<std::string>(), "null", "true", "false", "0", "-1", "127", "128", "-32", "-33", "-129",
      "65536", "4294967296", "-2147483649", "1.5", "-0.0", "1e300", "\"\"", "\"Zürich\"", "[]",
      "{}", R"([1,[2,[3,{"a":[]}]],null])", R"({"a":{"b":[true,false,null]},"z":"x","":0})");
  const auto json = Json::parse(text);
  const auto back = round_trip(json);
  CHECK(back == json);
  CHECK(back.type_name() == std::string(json.type_name()));
  CHECK(back.dump() == json.dump());
}

TEST_CASE("the largest and smallest 64-bit integers stay exact", "[value]") {
  CHECK(round_trip(UINT64_MAX).get<std::uint64_t>() == UINT64_MAX);
  CHECK(round_trip(INT64_MAX).get<std::int64_t>() == INT64_MAX);
  CHECK(round_trip(INT64_MIN).get<std::int64_t>() == INT64_MIN);
}

TEST_CASE("a whole number written as a float stays a float", "[value]") {
  CHECK(round_trip(2.0).is_number_float());
}

TEST_CASE("long texts, arrays and maps survive", "[value]") {
  Json json = Json::object();
  for (int i = 0; i < 70'000; ++i) json["list"].push_back(i);
  for (int i = 0; i < 300; ++i) json["map"][std::to_string(i)] = std::string(300, 'x');
  json["text"] = std::string(70'000, 'y');
  CHECK(round_trip(json) == json);
}

TEST_CASE("a NaN is written as null, as in JSON's text form", "[value]") {
  CHECK(round_trip(std::numeric_limits<double>::quiet_NaN()).is_null());
}

TEST_CASE("what JSON cannot hold is refused with a reason", "[value]") {
  CHECK(refusal(bytes_of("\xC4\x01x", 3)).find("binary") != std::string::npos);
  CHECK(refusal(bytes_of("\xD4\x01x", 3)).find("extension") != std::string::npos);
  CHECK(refusal(bytes_of("\xC1", 1)).find("tag") != std::string::npos);
  CHECK(refusal(bytes_of("\x81\x01\x02", 3)).find("key") != std::string::npos);
  CHECK(refusal(bytes_of("\xCB\x7F\xF8\0\0\0\0\0\0", 9)).find("NaN") != std::string::npos);
  CHECK(refusal(bytes_of("\xA2\xC3\x28", 3)).find("UTF-8") != std::string::npos);
  CHECK(refusal(bytes_of("\x81\xA1\xFF\x01", 4)).find("UTF-8") != std::string::npos);
  CHECK(refusal(bytes_of("\x01\x02", 2)).find("left over") != std::string::npos);
  CHECK(refusal("").find("too early") != std::string::npos);
}

TEST_CASE("text that only looks like UTF-8 is refused", "[value]") {
  const auto text = GENERATE(as<std::string>(), "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80",
                             "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\x80", "\xE2\x82");
  refusal(std::string(1, static_cast<char>(0xA0 | text.size())) + text);
  refusal(std::string(1, static_cast<char>(0xA8 | text.size())) + "aaaaaaaa" + text);
}

TEST_CASE("a value nested deeper than allowed is refused without recursion", "[value]") {
  CHECK(decode_value(std::string(64, '\x91') + '\x01'));
  CHECK_FALSE(decode_value(std::string(65, '\x91') + '\x01'));
  CHECK(decode_value(std::string(3, '\x91') + '\x01', 3));
  CHECK_FALSE(decode_value(std::string(4, '\x91') + '\x01', 3));
  CHECK_FALSE(decode_value(std::string(1'000'000, '\x91')));
}

TEST_CASE("a length that the bytes cannot hold is refused before memory is taken", "[value]") {
  refusal(bytes_of("\xDD\xFF\xFF\xFF\xFF\x01", 6));
  refusal(bytes_of("\xDF\xFF\xFF\xFF\xFF\x01", 6));
  refusal(bytes_of("\xDB\xFF\xFF\xFF\xFF\x01", 6));
}

TEST_CASE("random and mutilated bytes never do harm", "[value]") {
  std::mt19937 random(7);
  const auto good = encode_value(
      Value(Json::parse(R"({"a":[1,-2,3.5,"text",{"b":null}],"c":true,"d":[[],{}]})")));
  for (int round = 0; round < 20'000; ++round) {
    auto bytes = good;
    for (auto flips = random() % 4 + 1; flips > 0; --flips) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    bytes.resize(random() % (bytes.size() + 1));
    const auto value = decode_value(bytes);
    if (value) CHECK_NOTHROW(value->json().dump());  // whatever was let in can be shown
  }
}

TEST_CASE("of a key that comes twice the last value counts", "[value]") {
  const auto value = decode_value(bytes_of("\x82\xA1k\x91\x01\xA1k\x02", 8));
  REQUIRE(value);
  CHECK(value->json() == Json{{"k", 2}});
}
