// Every interleaving of a channel's two sides with lost, repeated and late messages, refused
// commits, and crashes of either side. What is durable survives a crash; all else is forgotten.
#include "runtime/cluster/channel.hpp"

#include <array>
#include <set>
#include <tuple>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/explore.hpp"

using endure::cluster::ChannelIn;
using endure::cluster::ChannelOut;
using endure::testing::endless;
using endure::testing::explore;

namespace {

constexpr std::uint64_t most_messages = 3;
constexpr std::size_t most_in_flight = 2;  // each way
constexpr std::uint64_t batch = 2;
constexpr int most_crashes = 2;

// What one state of the world is; everything that decides what can happen next.
struct World {
  // the sender's store
  std::uint64_t written = 0;  // messages that were ever written
  std::uint64_t forgotten = 0;
  // the sender's memory
  std::uint64_t out_acked = 0;
  bool out_under_way = false;
  std::uint64_t out_seen = 0;  // what it knows to be written
  // the network: offers (after, count) and answers (taken)
  std::multiset<std::pair<std::uint64_t, std::uint64_t>> offers;
  std::multiset<std::uint64_t> answers;
  // the receiver's store
  std::uint64_t taken = 0;
  // the receiver's memory
  std::uint64_t in_taken = 0;
  std::uint64_t committing = 0;  // messages of the commit under way
  // what took effect, in order
  std::vector<std::uint64_t> effects;
  int crashes = 0;

  auto tie() const {
    return std::tie(written, forgotten, out_acked, out_under_way, out_seen, offers, answers, taken,
                    in_taken, committing, effects, crashes);
  }
  bool operator<(const World& other) const { return tie() < other.tie(); }
};

ChannelOut out_of(const World& w) {
  ChannelOut out(w.out_acked, w.out_seen);
  if (w.out_under_way) out.on_sent();
  return out;
}

// Makes the receiver's side as it is in memory.
ChannelIn in_of(const World& w) {
  ChannelIn in(w.in_taken);
  if (w.committing > 0) in.offer(w.in_taken, w.committing);
  return in;
}

void check(const World& w) {
  // In order, each once, without a gap.
  REQUIRE(w.effects.size() == w.taken);
  for (std::size_t i = 0; i < w.effects.size(); ++i) REQUIRE(w.effects[i] == i + 1);
  // Nothing is forgotten that the other side has not durably.
  REQUIRE(w.forgotten <= w.taken);
  REQUIRE(w.out_acked <= w.taken);
  REQUIRE(w.in_taken <= w.taken);
}

using Worlds = std::vector<World>;

void sender_steps(const World& w, Worlds& next) {
  if (w.written < most_messages) {  // a commit leaves a message
    World n = w;
    ++n.written;
    next.push_back(n);
  }
  if (w.out_seen < w.written) {  // the sender looks
    World n = w;
    n.out_seen = n.written;
    next.push_back(n);
  }
  const auto out = out_of(w);
  if (const auto after = out.next(); after && w.offers.size() < most_in_flight) {
    World n = w;
    n.offers.insert({*after, std::min(batch, w.written - *after)});
    n.out_under_way = true;
    next.push_back(n);
  }
  if (w.out_under_way) {  // its call times out, though the answer may still be on its way
    World n = w;
    n.out_under_way = false;
    next.push_back(n);
  }
  if (w.forgotten < w.out_acked) {  // the acknowledged rows go
    World n = w;
    n.forgotten = n.out_acked;
    next.push_back(n);
  }
  for (const auto answer : std::set(w.answers.begin(), w.answers.end())) {
    World n = w;
    n.answers.erase(n.answers.find(answer));
    auto channel = out_of(w);
    channel.on_answer(answer);
    n.out_acked = channel.acked();
    n.out_under_way = false;
    next.push_back(n);
  }
}

void receiver_steps(const World& w, Worlds& next) {
  for (const auto& [after, count] : std::set(w.offers.begin(), w.offers.end())) {
    World n = w;
    n.offers.erase(n.offers.find({after, count}));
    auto channel = in_of(w);
    const auto known = channel.offer(after, count);
    if (known) {
      REQUIRE(w.committing == 0);
      n.committing = count - *known;
    } else if (n.answers.size() < most_in_flight) {
      n.answers.insert(channel.taken());
    }
    next.push_back(n);
  }
  if (w.committing == 0) return;
  World done = w;  // the commit: effects and count in one
  for (std::uint64_t i = 0; i < w.committing; ++i) done.effects.push_back(w.in_taken + i + 1);
  done.taken += w.committing;
  World died = done;
  done.in_taken += w.committing;
  done.committing = 0;
  if (done.answers.size() < most_in_flight) done.answers.insert(done.in_taken);
  next.push_back(done);
  World refused = w;  // no room, or a definition that is not there yet
  refused.committing = 0;
  next.push_back(refused);
  if (w.crashes < most_crashes) {  // dies between the commit and what follows it
    ++died.crashes;
    died.in_taken = died.taken;
    died.committing = 0;
    next.push_back(died);
  }
}

void network_steps(const World& w, Worlds& next) {
  for (const auto& offer : std::set(w.offers.begin(), w.offers.end())) {
    World lost = w;
    lost.offers.erase(lost.offers.find(offer));
    next.push_back(lost);
    if (w.offers.size() < most_in_flight) {
      World twice = w;
      twice.offers.insert(offer);
      next.push_back(twice);
    }
  }
  for (const auto answer : std::set(w.answers.begin(), w.answers.end())) {
    World lost = w;
    lost.answers.erase(lost.answers.find(answer));
    next.push_back(lost);
    if (w.answers.size() < most_in_flight) {
      World twice = w;
      twice.answers.insert(answer);
      next.push_back(twice);
    }
  }
}

void crash_steps(const World& w, Worlds& next) {
  if (w.crashes == most_crashes) return;
  World sender = w;  // what it had in memory it reads again
  ++sender.crashes;
  sender.out_acked = w.forgotten;
  sender.out_seen = w.written;
  sender.out_under_way = false;
  next.push_back(sender);
  World receiver = w;
  ++receiver.crashes;
  receiver.in_taken = w.taken;
  receiver.committing = 0;
  next.push_back(receiver);
}

Worlds steps(const World& w) {
  Worlds next;
  sender_steps(w, next);
  receiver_steps(w, next);
  network_steps(w, next);
  crash_steps(w, next);
  return next;
}

}  // namespace

TEST_CASE("a channel loses nothing, repeats nothing and keeps the order, whatever happens") {
  const auto explored = explore(
      World(), [](const World& w) { return w; }, check, steps);
  CHECK(explored.worlds.size() > 10'000);
  CHECK(explored.worlds.size() < 5'000'000);
  // Everything is taken, and nothing waits any more.
  const auto is_end = [](const World& w) {
    return w.taken == most_messages && w.forgotten == most_messages;
  };
  CHECK(endless(explored, is_end) == 0);
}

TEST_CASE("a sender has one batch under way, and believes no answer that cannot be") {
  ChannelOut out(0, 3);
  CHECK(out.next() == 0);
  out.on_sent();
  CHECK_FALSE(out.next());
  CHECK(out.on_answer(2));
  CHECK(out.next() == 2);
  out.on_sent();
  CHECK_FALSE(out.on_answer(1));  // late
  CHECK_FALSE(out.on_answer(9));  // of another channel, or another life
  CHECK(out.acked() == 2);
  out.on_sent();
  CHECK(out.on_answer(3));
  CHECK_FALSE(out.next());
  out.grown(4);
  CHECK(out.next() == 3);
}

TEST_CASE("a receiver takes what follows, and only that") {
  ChannelIn in(5);
  CHECK_FALSE(in.offer(6, 2));  // a gap
  CHECK_FALSE(in.offer(3, 2));  // all known
  CHECK(in.offer(4, 3) == 1);   // the first is known
  CHECK_FALSE(in.offer(5, 1));  // while others are committed
  in.failed();
  CHECK(in.taken() == 5);
  CHECK(in.offer(5, 2) == 0);
  in.committed(2);
  CHECK(in.taken() == 7);
}
