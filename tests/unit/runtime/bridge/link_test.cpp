#include "runtime/bridge/link.hpp"

#include "runtime/bridge/listener.hpp"
#include "tests/support/catch.hpp"

using namespace endure;
using namespace endure::bridge;

namespace {

Greeting greeting_of(const std::string& node) {
  Greeting greeting;
  greeting.cluster = "prod";
  greeting.node = node;
  greeting.shards = 8;
  greeting.born = {"a", "b"};
  return greeting;
}

struct LinkUnderTest {
  LinkUnderTest() : link("b", {100, 500, 50, 200}, events()) {}

  PeerLink::Events events() {
    PeerLink::Events out;
    out.admit = [this](const Greeting&) { return refusal; };
    out.changed = [this](bool up) { changes.push_back(up); };
    out.heard = [this](std::uint64_t, std::string_view news) { heard.emplace_back(news); };
    out.unqueued = [this](std::size_t bytes) { unqueued += bytes; };
    return out;
  }
  void up() {
    link.on_dialled(greeting_of("a"), now_ms);
    frames();
    link.on_message(Welcome{greeting_of("b")}, now_ms, now_ms * 1'000);
    REQUIRE(link.view().state == LinkState::up);
  }
  // All that the link wants to send.
  std::vector<std::string> frames() {
    std::vector<std::string> out;
    while (const auto* frame = link.next_frame()) {
      out.push_back(*frame);
      link.sent();
    }
    return out;
  }
  void call(const std::string& body, std::int64_t timeout_ms = 1'000) {
    link.call({"api", body, now_ms + timeout_ms,
               [this](Result<std::string> reply) { replies.push_back(std::move(reply)); }},
              now_ms);
  }

  std::string refusal;
  std::vector<bool> changes;
  std::vector<std::string> heard;
  std::size_t unqueued = 0;
  std::vector<Result<std::string>> replies;
  std::int64_t now_ms = 1'000;
  PeerLink link;
};

}  // namespace

TEST_CASE("a link is up once it was welcomed, and its calls are answered") {
  LinkUnderTest test;
  CHECK(test.link.should_dial(test.now_ms));
  test.up();
  CHECK(test.changes == std::vector<bool>{true});
  CHECK_FALSE(test.link.should_dial(test.now_ms));
  test.call("question");
  const auto frames = test.frames();
  REQUIRE(frames.size() == 1);
  const auto messages = split_frame(frames.front());
  const auto call = std::get<Call>(*decode(messages->front()));
  CHECK(call.body == "question");
  CHECK(call.timeout_ms == 1'000);
  CHECK(test.unqueued == 8);
  test.link.on_message(Answer{call.id, true, "answer"}, test.now_ms, 0);
  test.link.on_message(Answer{call.id, true, "again"}, test.now_ms, 0);
  REQUIRE(test.replies.size() == 1);
  CHECK(test.replies.front().value() == "answer");
}

TEST_CASE("a call fails at once without a link, and at its deadline without an answer") {
  LinkUnderTest test;
  test.call("early");
  REQUIRE(test.replies.size() == 1);
  CHECK(test.replies.front().error().code == Code::retry_later);
  CHECK(test.replies.front().error().where == "b");
  test.up();
  test.call("late", 300);
  test.now_ms += 299;
  test.link.on_time(test.now_ms, 0, 0, "");
  CHECK(test.replies.size() == 1);
  test.now_ms += 1;
  test.link.on_time(test.now_ms, 0, 0, "");
  REQUIRE(test.replies.size() == 2);
  CHECK(test.replies.back().error().what.find("may still take effect") != std::string::npos);
  CHECK(test.link.view().failed == 2);
}

TEST_CASE("silence ends a link and fails what is under way, once") {
  LinkUnderTest test;
  test.up();
  test.call("lost");
  test.call("lost, too");
  test.now_ms += 500;
  CHECK(test.link.should_dial(test.now_ms));
  test.link.on_lost("silent", test.now_ms);
  CHECK(test.replies.size() == 2);
  CHECK(test.changes == std::vector<bool>{true, false});
  CHECK(test.link.view().losses == 1);
  CHECK(test.unqueued == 13);  // what was never sent is not counted any more
  test.up();
  CHECK(test.replies.size() == 2);
}

TEST_CASE("a refusal is shown until the other has changed its mind") {
  LinkUnderTest test;
  test.link.on_dialled(greeting_of("a"), test.now_ms);
  test.link.on_message(Refused{"another cluster"}, test.now_ms, 0);
  CHECK(test.link.view().state == LinkState::refused);
  CHECK(test.link.view().refusal == "another cluster");
  CHECK_FALSE(test.link.should_dial(test.now_ms));
  test.now_ms += 50;
  CHECK(test.link.should_dial(test.now_ms));
  test.link.on_lost("dialled anew", test.now_ms);
  test.link.on_dialled(greeting_of("a"), test.now_ms);
  CHECK(test.link.view().state == LinkState::refused);
  test.link.on_message(Welcome{greeting_of("b")}, test.now_ms, 0);
  CHECK(test.link.view().state == LinkState::up);
  CHECK(test.link.view().refusal.empty());
}

TEST_CASE("a node that this one does not admit gets no call") {
  LinkUnderTest test;
  test.refusal = "another volume";
  test.link.on_dialled(greeting_of("a"), test.now_ms);
  test.link.on_message(Welcome{greeting_of("b")}, test.now_ms, 0);
  CHECK(test.link.view().state == LinkState::refused);
  CHECK(test.changes.empty());
  test.call("nothing");
  CHECK(test.replies.size() == 1);
}

TEST_CASE("beats go out in time, tell news, and measure the round trip") {
  LinkUnderTest test;
  test.up();
  test.link.on_time(test.now_ms, 1'000'000, 17, "own news");
  const auto frames = test.frames();
  REQUIRE(frames.size() == 1);
  const auto messages = split_frame(frames.front());
  const auto beat = std::get<Beat>(*decode(messages->front()));
  CHECK(beat.counter == 17);
  CHECK(beat.news == "own news");
  test.link.on_message(Beaten{beat.stamp, 18, "their news"}, test.now_ms, 1'000'250);
  CHECK(test.link.view().round_trip_us == 250);
  CHECK(test.heard == std::vector<std::string>{"their news"});
  test.link.on_time(test.now_ms + 50, 0, 0, "");
  CHECK(test.frames().empty());
  test.link.on_time(test.now_ms + 100, 0, 0, "");
  CHECK(test.frames().size() == 1);
}

TEST_CASE("small messages travel together, a large one alone") {
  LinkUnderTest test;
  test.up();
  for (int i = 0; i < 10; ++i) test.call("0123456789");
  test.call(std::string(1'000, 'x'));
  const auto frames = test.frames();
  CHECK(frames.size() > 1);
  CHECK(frames.size() < 8);
  std::size_t messages = 0;
  for (const auto& frame : frames) messages += split_frame(frame)->size();
  CHECK(messages == 11);
  CHECK(test.unqueued == 1'100);
}

TEST_CASE("who is slow to answer a hello is not dialled anew too soon, and later each time") {
  LinkUnderTest test;
  for (const std::int64_t patience_ms : {500, 1'000, 2'000, 4'000, 8'000, 8'000}) {
    test.link.on_dialled(greeting_of("a"), test.now_ms);
    CHECK_FALSE(test.link.should_dial(test.now_ms + patience_ms - 1));
    test.now_ms += patience_ms;
    CHECK(test.link.should_dial(test.now_ms));
    test.link.on_lost("no answer", test.now_ms);
  }
  test.link.on_dialled(greeting_of("a"), test.now_ms);
  test.link.on_failure("another key", test.now_ms);
  CHECK(test.link.view().state == LinkState::refused);
  CHECK_FALSE(test.link.should_dial(test.now_ms + 100));  // the socket tries by itself
  test.link.on_message(Welcome{greeting_of("b")}, test.now_ms, 0);
  CHECK(test.link.view().state == LinkState::up);
  test.link.on_lost("broken", test.now_ms);
  CHECK(test.link.should_dial(test.now_ms));
  test.link.on_dialled(greeting_of("a"), test.now_ms);
  CHECK(test.link.should_dial(test.now_ms + 500));  // it had answered
}

// -- the other side -----------------------------------------------------------------

namespace {

struct ListenerUnderTest final : Transport {
  ListenerUnderTest() : listener({500, 1'000, 2, 64 * 1024}, events(), *this) {}

  Sent send(const std::string& route, const std::string& frame) override {
    if (stuck) return Sent::later;
    const auto messages = split_frame(frame);
    for (const auto message : *messages) sent.emplace_back(route, std::string(message));
    return Sent::yes;
  }
  Listener::Events events() {
    Listener::Events out;
    out.greeting = [] { return greeting_of("b"); };
    out.admit = [this](const Greeting&, const std::string&) { return refusal; };
    out.heard = [](const std::string&, std::uint64_t, std::string_view) {};
    out.counter = [] { return std::uint64_t{3}; };
    out.news = [] { return std::string("news"); };
    out.called = [this](const std::string& node, CallPlace place, const Call& call) {
      CHECK(node == "a");
      places.push_back(place);
      bodies.emplace_back(call.body);
    };
    return out;
  }
  Message last() const { return *decode(sent.back().second); }

  std::string refusal;
  bool stuck = false;
  std::vector<std::pair<std::string, std::string>> sent;
  std::vector<CallPlace> places;
  std::vector<std::string> bodies;
  Listener listener;
};

}  // namespace

TEST_CASE("a listener answers whom it has welcomed, and nobody else") {
  ListenerUnderTest test;
  test.listener.on_message("r1", "", Call{1, 100, "api", "early"}, 0);
  CHECK(test.places.empty());
  test.listener.on_message("r1", "", Hello{greeting_of("a")}, 0);
  test.listener.pump();
  CHECK(std::holds_alternative<Welcome>(test.last()));
  test.listener.on_message("r1", "", Call{1, 100, "api", "question"}, 0);
  REQUIRE(test.places.size() == 1);
  CHECK(test.bodies.front() == "question");
  test.listener.answer(test.places.front(), "answer");
  test.listener.pump();
  CHECK(std::get<Answer>(test.last()).body == "answer");
  test.listener.on_message("r1", "", Beat{77, 1, ""}, 0);
  test.listener.pump();
  CHECK(std::get<Beaten>(test.last()).stamp == 77);
  CHECK(std::get<Beaten>(test.last()).counter == 3);
}

TEST_CASE("a listener says why it refuses, and forgets who is silent") {
  ListenerUnderTest test;
  test.refusal = "another cluster";
  test.listener.on_message("r1", "", Hello{greeting_of("a")}, 0);
  CHECK(std::get<Refused>(test.last()).what == "another cluster");
  CHECK(test.listener.connections() == 0);
  CHECK(test.listener.refused() == 1);
  test.refusal.clear();
  test.listener.on_message("r1", "", Hello{greeting_of("a")}, 0);
  CHECK(test.listener.connections() == 1);
  test.listener.on_time(499);
  CHECK(test.listener.connections() == 1);
  test.listener.on_time(500);
  CHECK(test.listener.connections() == 0);
}

TEST_CASE("calls beyond a peer's share are turned away, and one that does not read is cut off") {
  ListenerUnderTest test;
  test.listener.on_message("r1", "", Hello{greeting_of("a")}, 0);
  for (std::uint64_t id = 1; id <= 3; ++id) {
    test.listener.on_message("r1", "", Call{id, 100, "api", "q"}, 0);
  }
  CHECK(test.places.size() == 2);
  test.listener.pump();
  CHECK_FALSE(std::get<Answer>(test.last()).taken);
  test.listener.answer(test.places.front(), "done");
  test.listener.on_message("r1", "", Call{4, 100, "api", "q"}, 0);
  CHECK(test.places.size() == 3);

  test.stuck = true;
  test.listener.answer(test.places.back(), std::string(600, 'x'));
  CHECK(test.listener.pump());
  test.listener.answer(test.places.at(1), std::string(600, 'x'));
  test.listener.on_time(1);
  CHECK(test.listener.connections() == 0);
  test.listener.answer(test.places.back(), "to nobody");
}
