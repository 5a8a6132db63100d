#include "runtime/gateway/wire.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/support/catch.hpp"

using namespace endure::gateway;
using Json = nlohmann::json;

namespace {

// JSON text, with ' for ", as msgpack by an encoder that is not ours.
std::string packed(std::string text) {
  std::replace(text.begin(), text.end(), '\'', '"');
  std::string bytes;
  Json::to_msgpack(Json::parse(text), bytes);
  return bytes;
}

Json unpacked(const std::string& bytes) {
  return Json::from_msgpack(bytes);
}

Refused code_of(const std::string& frame) {
  const auto message = decode_from_worker(frame);
  REQUIRE_FALSE(message);
  return message.error().code;
}

}  // namespace

TEST_CASE("each message of a worker is read from plain msgpack") {
  const auto hello = packed("[1, 1, 'instance', 'w1', 'client/1', [['enrich', 5]], ['t1', 't2']]");
  const auto read = decode_from_worker(hello);
  REQUIRE(read);
  const auto& h = std::get<Hello>(*read);
  CHECK(h.instance == "instance");
  CHECK(h.worker == "w1");
  CHECK(h.client == "client/1");
  REQUIRE(h.queues.size() == 1);
  CHECK(h.queues[0].queue == "enrich");
  CHECK(h.queues[0].steps == 5);
  CHECK(h.held == std::vector<std::string_view>{"t1", "t2"});

  const auto results = packed("[1, 2, [['t1', {'a': 1}], ['t2', null]]]");
  const auto r = std::get<Results>(*decode_from_worker(results));
  REQUIRE(r.items.size() == 2);
  CHECK(unpacked(std::string(r.items[0].value)) == Json({{"a", 1}}));
  CHECK(unpacked(std::string(r.items[1].value)) == nullptr);

  const auto errors = packed(
      "[1, 3, [['t', ['type', 'title', 'detail', 429], true, 2000],"
      "        ['u', ['type', 'title', 'detail', -1], false, null]]]");
  const auto e = std::get<Errors>(*decode_from_worker(errors));
  REQUIRE(e.items.size() == 2);
  CHECK(e.items[0].status == 429);
  CHECK(e.items[0].retryable);
  CHECK(e.items[0].retry_after_ms == 2'000U);
  CHECK_FALSE(e.items[1].retryable);
  CHECK_FALSE(e.items[1].retry_after_ms);
}

TEST_CASE("what one side encodes the other decodes") {
  const auto fails = [](const std::string& frame) { return !decode_from_node(frame); };
  CHECK_FALSE(fails(encode(Welcome{"n", 7, 2'000, {1, 2, 3}})));
  CHECK_FALSE(fails(encode(Nodes{{{"b", "tcp://10.0.0.2:7451"}}})));
  CHECK_FALSE(fails(encode(Answers{{{"t", Answer::stale, "late"}}})));
  CHECK_FALSE(fails(encode(Lost{{"a", "b"}})));
  CHECK_FALSE(fails(encode(Revoke{{{"a", "why"}}})));
  CHECK_FALSE(fails(encode(Refuse{"malformed", "no"})));
  CHECK_FALSE(fails(encode(Goodbye{{}, "why"}, false)));
  const std::string arguments = packed("{'post': [1, 2]}");
  const auto frame =
      encode(Steps{{{"token", "ns", "w", "q", "/do/0", 3, 30'000, "key", arguments}}});
  const auto step = std::get<Steps>(*decode_from_node(frame)).items.at(0);
  CHECK(step.token == "token");
  CHECK(step.attempt == 3);
  CHECK(step.arguments == arguments);
  CHECK(frame == packed("[1, 17, [['token', 'ns', 'w', 'q', '/do/0', 3, 30000, 'key',"
                        "          {'post': [1, 2]}]]]"));

  const auto accepted = [](const std::string& bytes) { return bool(decode_from_worker(bytes)); };
  CHECK(accepted(encode(Hello{"i", "w", "c", {{"q", 300}}, {"t"}})));
  CHECK(accepted(encode(Results{{{"t", arguments, nullptr}}})));
  CHECK(accepted(encode(Errors{{{"t", "a", "b", "c", 500, true, 70'000}}})));
  CHECK(accepted(encode(Heartbeat{{"t"}})));
  CHECK(accepted(encode(Credit{{{"q", 1}}})));
  CHECK(accepted(encode(Release{{"t"}})));
  CHECK(accepted(encode(Drain{})));
  CHECK(accepted(encode(Goodbye{{"t"}, {}}, true)));
}

TEST_CASE("fields that a newer peer adds are ignored") {
  CHECK(decode_from_worker(packed("[1, 4, ['t'], {'progress': 0.5}]")));
  CHECK(decode_from_worker(packed("[1, 2, [['t', 1, 'more']], 5]")));
  CHECK(decode_from_worker(packed("[1, 7, 'why']")));
  CHECK(decode_from_node(packed("[1, 16, 'n', 1, 2000, [1, 2, 3, 4], 'more']")));
}

TEST_CASE("another version of the protocol is refused by that name") {
  CHECK(code_of(packed("[2, 1, 'whatever']")) == Refused::version);
  CHECK(code_of(packed("[0, 1]")) == Refused::version);
  CHECK(code_of(packed("[2, 'a type of the future']")) == Refused::version);
}

TEST_CASE("a type that is unknown, or of the other direction, is refused") {
  CHECK(code_of(packed("[1, 99]")) == Refused::unknown_type);
  CHECK(code_of(packed("[1, 17, []]")) == Refused::unknown_type);
  CHECK(code_of(packed("[1, 258, []]")) == Refused::unknown_type);  // not taken modulo 256
  CHECK_FALSE(decode_from_node(packed("[1, 2, []]")));
}

TEST_CASE("every malformed frame is refused as such") {
  const std::string long_text(600, 'x');
  for (const auto& text : std::vector<std::string>{
           "'text'",
           "5",
           "{}",
           "[]",
           "[1]",
           "['1', 1]",
           "[1, 'hello']",
           "[1, -1]",
           "[1, 1]",
           "[1, 1, 'i', 'w', 'c', [['q', 1]]]",               // no held
           "[1, 1, 5, 'w', 'c', [['q', 1]], []]",             // an instance that is no text
           "[1, 1, 'i', 'w', 'c', [['q', -1]], []]",          // negative credit
           "[1, 1, 'i', 'w', 'c', [['q', 5000000000]], []]",  // beyond 32 bits
           "[1, 1, 'i', 'w', 'c', [['q', 1.5]], []]",         // a fraction
           "[1, 1, 'i', 'w', 'c', [['q']], []]",              // no credit
           "[1, 1, 'i', 'w', 'c', 'q', []]",                  // no list
           "[1, 1, 'i', 'w', 'c', {'q': 1}, []]",             // a map
           "[1, 1, '" + long_text + "', 'w', 'c', [['q', 1]], []]",
           "[1, 2, [['t']]]",
           "[1, 2, [[5, 5]]]",
           "[1, 2, [['" + long_text + "', 5]]]",
           "[1, 2, 5]",
           "[1, 3, [['t', ['a', 'b', 'c'], true, null]]]",   // no status
           "[1, 3, [['t', ['a', 'b', 'c', 1], 1, null]]]",   // retryable is no truth value
           "[1, 3, [['t', ['a', 'b', 'c', 1], true, -5]]]",  // negative wait
           "[1, 4, [1]]",
           "[1, 8]"}) {
    INFO(text);
    CHECK(code_of(packed(text)) == Refused::malformed);
  }
  for (const auto& frame :
       {packed("[1, 4, ['t']]") + "x", std::string("\x93\x01\x04\x91\xa1\xff"), std::string("\xc1"),
        std::string("\x93\x01\x02\xdd\xff\xff\xff\xff"), std::string("GET / HTTP/1.1\r\n")}) {
    CHECK(code_of(frame) == Refused::malformed);
  }
}

TEST_CASE("a list longer than any worker needs is refused before it costs memory") {
  std::string frame("\x93\x01\x04\xdd", 4);
  const std::uint32_t count = 70'000;
  for (int shift = 24; shift >= 0; shift -= 8) {
    frame.push_back(static_cast<char>(count >> static_cast<unsigned>(shift) & 0xffU));
  }
  frame.append(count, '\xa0');
  CHECK(code_of(frame) == Refused::malformed);
}

TEST_CASE("random changes to good frames are refused or read, and never crash") {
  const std::vector<std::string> good{
      packed("[1, 1, 'instance', 'w1', 'client/1', [['enrich', 5]], ['t1', 't2']]"),
      packed("[1, 2, [['t1', {'a': [1, 2.5, null]}], ['t2', 'text']]]"),
      packed("[1, 3, [['t', ['type', 'title', 'detail', 429], true, 2000]]]"),
      packed("[1, 8, ['t1', 't2']]")};
  std::uint32_t random = 12'345;
  const auto next = [&random] { return random = random * 1'664'525U + 1'013'904'223U; };
  for (int round = 0; round < 20'000; ++round) {
    std::string frame = good[next() % good.size()];
    for (std::uint32_t changes = 1 + next() % 3; changes > 0; --changes) {
      frame[next() % frame.size()] = static_cast<char>(next() >> 16U);
    }
    if (const auto message = decode_from_worker(frame); !message) {
      CHECK_FALSE(message.error().what.empty());
    }
  }
}
