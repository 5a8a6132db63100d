#include "runtime/bridge/wire.hpp"

#include "runtime/bridge/zap.hpp"
#include "tests/support/catch.hpp"

using namespace endure::bridge;

namespace {

Greeting sample() {
  Greeting greeting;
  greeting.build = "0.1.0";
  greeting.cluster = "prod";
  greeting.node = "a";
  greeting.to = "b";
  greeting.shards = 64;
  greeting.volume = "0123";
  greeting.epoch = 7;
  greeting.born = {"a", "b", "c"};
  greeting.members = endure::born_with(greeting.born);
  greeting.members.version = 2;
  greeting.members.all[1].gone = true;
  greeting.members.all.push_back({"d", "tcp://10.0.0.4:7452", 3, false});
  return greeting;
}

}  // namespace

TEST_CASE("what is encoded is read back") {
  const auto hello = encode(Hello{sample()});
  const auto decoded = decode(hello);
  REQUIRE(decoded);
  CHECK(std::get<Hello>(*decoded).greeting == sample());
  CHECK(std::get<Welcome>(*decode(encode(Welcome{sample()}))).greeting == sample());

  const std::string body(70'000, 'x');
  const auto call = encode(Call{9, 500, "api", body});
  const auto read = decode(call);
  REQUIRE(read);
  CHECK(std::get<Call>(*read).id == 9);
  CHECK(std::get<Call>(*read).timeout_ms == 500);
  CHECK(std::get<Call>(*read).kind == "api");
  CHECK(std::get<Call>(*read).body == body);

  const auto answer = encode(Answer{9, true, "fine"});
  CHECK(std::get<Answer>(*decode(answer)).body == "fine");
  const auto beat = encode(Beat{5, 6, "news"});
  CHECK(std::get<Beat>(*decode(beat)).news == "news");
  CHECK(std::holds_alternative<Goodbye>(*decode(encode(Goodbye{}))));
  const auto refused = encode(Refused{"no"});
  CHECK(std::get<Refused>(*decode(refused)).what == "no");
}

TEST_CASE("bytes that are no message are an error, however they are cut or changed") {
  const auto hello = encode(Hello{sample()});
  for (std::size_t size = 0; size < hello.size(); ++size) {
    CHECK_FALSE(decode(std::string_view(hello).substr(0, size)));
  }
  const auto call = encode(Call{1, 2, "api", "body"});
  for (std::size_t at = 0; at < call.size(); ++at) {
    for (const char c : {'\x00', '\x7f', '\xc1', '\xff', '\xdd'}) {
      auto changed = call;
      changed[at] = c;
      decode(changed);  // must end, whatever it says
    }
  }
  CHECK_FALSE(decode("\x92\x01\x63"));  // a type that there is not
}

TEST_CASE("a frame carries several messages") {
  std::string frame;
  append_to_frame(frame, "one");
  append_to_frame(frame, "");
  append_to_frame(frame, std::string(100'000, 'x'));
  const auto messages = split_frame(frame);
  REQUIRE(messages);
  REQUIRE(messages->size() == 3);
  CHECK(messages->at(0) == "one");
  CHECK(messages->at(1).empty());
  CHECK(messages->at(2).size() == 100'000);
  CHECK_FALSE(split_frame(std::string_view(frame).substr(0, frame.size() - 1)));
  CHECK_FALSE(split_frame("abc"));
  CHECK(split_frame("")->empty());
}

TEST_CASE("another version of the protocol is recognised by its greeting alone") {
  auto newer = sample();
  newer.protocol = 3;
  auto bytes = encode(Hello{newer});
  bytes += "whatever a later version may add";
  const auto decoded = decode(bytes);
  REQUIRE(decoded);
  CHECK(std::get<Hello>(*decoded).greeting.protocol == 3);
  CHECK(std::get<Hello>(*decoded).greeting.build == "0.1.0");
}

TEST_CASE("only known keys are let in") {
  const std::string key(32, '\x01');
  const std::vector<std::string> request = {"1.0", "42", "endure", "127.0.0.1", "", "CURVE", key};
  const auto stranger = answer_zap(request, {});
  CHECK(stranger.frames.at(1) == "42");
  CHECK(stranger.frames.at(2) == "400");
  REQUIRE(stranger.refused_key.size() == 40);
  const auto known = answer_zap(request, {stranger.refused_key});
  CHECK(known.frames.at(2) == "200");
  CHECK(known.frames.at(4) == stranger.refused_key);  // the connection's user
  CHECK(known.refused_key.empty());
  CHECK(answer_zap({"1.0", "1", "", "", "", "NULL"}, {}).frames.at(2) == "400");
  CHECK(answer_zap({}, {}).frames.at(2) == "400");
}
