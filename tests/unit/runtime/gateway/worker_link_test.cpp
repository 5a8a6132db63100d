#include "runtime/gateway/worker_link.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/support/catch.hpp"

using namespace endure::gateway;
using Json = nlohmann::json;

namespace {

// A link and the node's view of it. Messages of the node are JSON text with ' for ".
struct Fixture {
  WorkerLink link{{"tcp://unused", "w1", {{"enrich", 3}}}, "instance"};
  std::int64_t now = 1'000;

  void tell(std::string text) {
    std::replace(text.begin(), text.end(), '\'', '"');
    std::string bytes;
    Json::to_msgpack(Json::parse(text), bytes);
    link.on_frame(bytes, now);
    link.on_time(now);
  }
  std::vector<Json> said() {
    link.on_time(now);
    std::vector<Json> messages;
    for (const auto& frame : link.outgoing()) messages.push_back(Json::from_msgpack(frame));
    return messages;
  }
  void welcome() {
    link.on_connecting(now);
    tell("[1, 21, 'unknown_session', 'say hello']");
    tell("[1, 16, 'n1', 1, 2000, [100000, 1000, 100]]");
  }
  void hand_out(const std::string& token) {
    tell("[1, 17, [['" + token +
         "', 'default', 'w', 'enrich', '/do/0', 2, 30000, 'key', {'n': 1}]]]");
  }
  // A link that was welcomed and has taken this step.
  Work working(const std::string& token) {
    welcome();
    hand_out(token);
    said();
    auto work = link.take();
    REQUIRE(work);
    return *work;
  }
};

std::string packed(const Json& json) {
  std::string bytes;
  Json::to_msgpack(json, bytes);
  return bytes;
}

}  // namespace

TEST_CASE("a link says hello when it is asked to, and after a second on its own") {
  Fixture f;
  f.link.on_connecting(f.now);
  CHECK(f.said().empty());
  f.tell("[1, 21, 'unknown_session', 'say hello']");
  const auto hello = f.said();
  REQUIRE(hello.size() == 1);
  CHECK(hello[0][2] == "instance");
  CHECK(hello[0][3] == "w1");
  CHECK(hello[0][5] == Json::array({Json::array({"enrich", 3})}));
  f.now += 999;
  CHECK(f.said().empty());
  f.now += 1;
  CHECK(f.said().size() == 1);
}

TEST_CASE("a step is taken once, and its result is sent until it was answered") {
  Fixture f;
  const auto work = f.working("t");
  CHECK(work.workflow == "w");
  CHECK(work.attempt == 2);
  CHECK(Json::from_msgpack(work.arguments) == Json({{"n", 1}}));
  CHECK_FALSE(f.link.take());
  f.link.complete("t", packed("done"));
  const Json result = {1, 2, Json::array({{"t", "done"}})};
  CHECK(f.said() == std::vector<Json>{result});
  CHECK(f.said().empty());
  f.tell("[1, 18, [['t', 'retry', 'later']]]");
  CHECK(f.said().empty());
  f.now += 500;
  CHECK(f.said() == std::vector<Json>{result});
  f.tell("[1, 18, [['t', 'ok', '']]]");
  CHECK(f.link.in_hand() == 0);
}

TEST_CASE("a new connection names what is held and sends its unanswered ends again") {
  Fixture f;
  f.working("a");
  f.hand_out("b");
  f.link.take();
  f.link.complete("a", packed(1));
  f.said();
  f.link.on_connecting(f.now);
  f.link.fail("b", {"type", "title", "detail", 503, true, 2'000});
  CHECK(f.said().empty());  // not before the node has welcomed us
  f.tell("[1, 21, 'unknown_session', '']");
  const auto hello = f.said();
  REQUIRE(hello.size() == 1);
  CHECK(hello[0][5] == Json::array({Json::array({"enrich", 1})}));
  CHECK(hello[0][6].size() == 2);
  f.tell("[1, 16, 'n1', 2, 2000, [100000, 1000, 100]]");
  const auto ends = f.said();
  REQUIRE(ends.size() == 2);
  CHECK(ends[0] == Json({1, 2, Json::array({{"a", 1}})}));
  CHECK(ends[1] ==
        Json({1, 3, Json::array({{"b", {"type", "title", "detail", 503}, true, 2'000}})}));
}

TEST_CASE("a result that the node refuses, or that is too large, fails the step for good") {
  Fixture f;
  f.working("t");
  f.link.complete("t", packed(1));
  f.said();
  f.tell("[1, 18, [['t', 'invalid', 'no JSON']]]");
  auto errors = f.said();
  REQUIRE(errors.size() == 1);
  CHECK(errors[0][2][0][1][2] == "no JSON");
  CHECK(errors[0][2][0][2] == false);
  f.tell("[1, 18, [['t', 'invalid', 'not even that']]]");  // nothing more can be done
  CHECK(f.link.in_hand() == 0);
  f.hand_out("u");
  f.link.take();
  f.link.complete("u", packed(std::string(2'000, 'x')));
  errors = f.said();
  REQUIRE(errors.size() == 1);
  CHECK(errors[0][1] == 3);
}

TEST_CASE("heartbeats come in time and name a step when a third of its lease has passed") {
  Fixture f;
  f.working("t");
  f.now += 2'000;
  CHECK(f.said() == std::vector<Json>{Json({1, 4, Json::array()})});
  f.now += 8'001;
  CHECK(f.said() == std::vector<Json>{Json({1, 4, {"t"}})});
  f.now += 2'000;
  CHECK(f.said() == std::vector<Json>{Json({1, 4, Json::array()})});
}

TEST_CASE("a silent node is noticed") {
  Fixture f;
  f.welcome();
  f.now += 6'000;
  CHECK_FALSE(f.link.is_silent(f.now));
  CHECK(f.link.is_silent(f.now + 1));
  f.tell("[1, 19, []]");
  CHECK_FALSE(f.link.is_silent(f.now + 1));
}

TEST_CASE("a step that is taken away before it has begun goes back; one under way is told") {
  Fixture f;
  const auto work = f.working("a");
  f.hand_out("b");
  f.tell("[1, 20, [['a', 'cancelled'], ['b', 'cancelled'], ['unknown', 'x']]]");
  CHECK(*work.lost);
  CHECK(f.said() == std::vector<Json>{Json({1, 6, {"b"}})});
  CHECK_FALSE(f.link.take());
  f.link.complete("a", packed(1));  // still answered, for its credit
  CHECK(f.said().size() == 1);
}

TEST_CASE("a draining link hands back what has not begun, and says goodbye with the rest") {
  Fixture f;
  f.working("a");
  f.hand_out("b");
  f.link.drain();
  CHECK(f.said() == std::vector<Json>{Json({1, 7}), Json({1, 6, {"b"}})});
  f.hand_out("late");
  CHECK(f.said() == std::vector<Json>{Json({1, 6, {"late"}})});
  f.link.goodbye();
  CHECK(f.said() == std::vector<Json>{Json({1, 8, {"a"}})});
  CHECK_FALSE(f.link.has_left());
  f.tell("[1, 8, 'goodbye']");
  CHECK(f.link.has_left());
}

TEST_CASE("without a node there is nobody to wait for") {
  Fixture f;
  f.link.on_connecting(f.now);
  f.link.goodbye();
  CHECK(f.link.has_left());
}

TEST_CASE("nonsense from the node changes nothing") {
  Fixture f;
  f.working("t");
  f.link.on_frame("nonsense", f.now);
  f.link.on_frame("", f.now);
  f.tell("[2, 17, []]");
  f.tell("[1, 2, []]");
  f.tell("[1, 18, [['t', 'unheard of', '']]]");
  f.tell("[1, 21, 'malformed', 'something']");
  CHECK(f.said().empty());
  CHECK(f.link.in_hand() == 1);
}

TEST_CASE("a heartbeat interval without end is cut to an hour") {
  Fixture f;
  f.welcome();
  f.tell("[1, 16, 'n1', 1, 9223372036854775807, [100000, 1000, 100]]");
  f.said();
  f.now += 3'600'000 - 1;
  CHECK(f.said().empty());
  f.now += 1;
  CHECK(f.said() == std::vector<Json>{Json({1, 4, Json::array()})});
  f.now += 3 * 3'600'000;
  CHECK(f.link.is_silent(f.now + 1));
}

TEST_CASE("an answer to a step that has not ended changes nothing") {
  Fixture f;
  f.welcome();
  f.hand_out("t");
  f.said();
  for (const std::string answer : {"ok", "stale", "retry", "invalid"}) {
    f.tell("[1, 18, [['t', '" + answer + "', '']]]");
  }
  CHECK(f.link.in_hand() == 1);
  REQUIRE(f.link.take());
  f.link.complete("t", packed(1));
  CHECK(f.said() == std::vector<Json>{Json{1, 2, Json::array({{"t", 1}})}});
}
