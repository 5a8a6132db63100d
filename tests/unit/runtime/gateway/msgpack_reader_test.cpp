#include "runtime/gateway/msgpack_reader.hpp"

#include <nlohmann/json.hpp>

#include "tests/support/catch.hpp"

using endure::gateway::MsgpackReader;
using Json = nlohmann::json;

namespace {

std::string packed(const Json& json) {
  std::string bytes;
  Json::to_msgpack(json, bytes);
  return bytes;
}

std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (const int value : values) text.push_back(static_cast<char>(value));
  return text;
}

}  // namespace

TEST_CASE("numbers of every width are read as an independent encoder writes them") {
  for (const std::int64_t number :
       {0L, 127L, 128L, 255L, 256L, 65'535L, 65'536L, 4'294'967'295L, 4'294'967'296L, INT64_MAX,
        -1L, -32L, -33L, -128L, -129L, -32'768L, -32'769L, -2'147'483'649L, INT64_MIN}) {
    const std::string text = packed(number);
    MsgpackReader in(text);
    CHECK(in.signed_number() == number);
    CHECK(in.at_end());
    CHECK_FALSE(in.failed());
  }
}

TEST_CASE("a number that is negative or beyond 63 bits is refused where neither is allowed") {
  for (const auto& text : {packed(-1), packed(UINT64_MAX)}) {
    MsgpackReader in(text);
    CHECK(in.number() == 0);
    CHECK(in.failed());
  }
}

TEST_CASE("one raw value is taken with everything inside it, and nothing after it") {
  const Json value = {{"list", {1, -5, 3.5, nullptr, true}},
                      {"text", std::string(300, 'x')},
                      {"deep", {{"er", {{"still", Json::array()}}}}}};
  const std::string text = packed(value) + packed("next");
  MsgpackReader in(text);
  const char* problem = nullptr;
  CHECK(Json::from_msgpack(std::string(in.raw(problem))) == value);
  CHECK(problem == nullptr);
  CHECK(in.text(10) == "next");
  CHECK(in.at_end());
}

TEST_CASE("nesting a million deep is skipped without a deep stack") {
  const std::string text = std::string(1'000'000, '\x91') + '\xc0';
  MsgpackReader in(text);
  in.skip();
  CHECK_FALSE(in.failed());
  CHECK(in.at_end());
}

TEST_CASE("a message cut at any byte fails and is not read beyond its end") {
  const std::string whole = packed({"a text", 70'000, {{"k", {1.5, std::string(40, 'x')}}}, -7});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string text = whole.substr(0, size);
    MsgpackReader in(text);
    in.skip();
    CHECK(in.failed());
    CHECK(in.at_end());
    CHECK(in.number() == 0);  // the failure sticks
  }
}

TEST_CASE("a container that claims more than the message holds is refused at once") {
  for (const auto& text :
       {bytes({0xdd, 0xff, 0xff, 0xff, 0xff}), bytes({0xdf, 0xff, 0xff, 0xff, 0xff, 1, 1}),
        bytes({0xdc, 0xff, 0xff, 0xc0}), bytes({0xdb, 0xff, 0xff, 0xff, 0xff, 'a'})}) {
    MsgpackReader in(text);
    in.skip();
    CHECK(in.failed());
    MsgpackReader list(text);
    CHECK(list.array() == 0);
    CHECK(list.failed());
  }
}

TEST_CASE("a value of another kind than is asked for fails") {
  const std::string text = packed("text");
  for (auto read : {+[](MsgpackReader& in) { in.array(); }, +[](MsgpackReader& in) { in.number(); },
                    +[](MsgpackReader& in) { in.boolean(); }}) {
    MsgpackReader in(text);
    read(in);
    CHECK(in.failed());
  }
  const std::string number = packed(5);
  MsgpackReader in(number);
  CHECK(in.text(10).empty());
  CHECK(in.failure() == "a string was expected");
}

TEST_CASE("what JSON cannot hold is noted, and skipped over whole") {
  for (const auto& [text, problem] : std::vector<std::pair<std::string, std::string>>{
           {bytes({0xc4, 2, 'a', 'b'}), "holds binary data, which JSON cannot"},
           {bytes({0xd4, 1, 0}), "holds an extension type, which JSON cannot"},
           {bytes({0xc7, 3, 1, 'a', 'b', 'c'}), "holds an extension type, which JSON cannot"},
           {bytes({0xa2, 0xc3, 0x28}), "holds a string that is not UTF-8"}}) {
    MsgpackReader in(text);
    const char* found = nullptr;
    CHECK(in.raw(found) == text);
    REQUIRE(found != nullptr);
    CHECK(found == problem);
    CHECK_FALSE(in.failed());
  }
}

TEST_CASE("the byte that msgpack never uses is refused") {
  const std::string text = bytes({0x91, 0xc1});
  MsgpackReader in(text);
  in.skip();
  CHECK(in.failed());
}
