#include "runtime/bridge/admission.hpp"

#include "tests/support/catch.hpp"

using namespace endure;
using namespace endure::bridge;

namespace {

const MemberList grown = *with_member(born_with({"a", "b"}), "d", "tcp://d:1");

// A node of a cluster that has begun with a and b, to which d was added.
Greeting of(const std::string& node, const std::string& to) {
  Greeting greeting;
  greeting.build = "0.1.0";
  greeting.cluster = "prod";
  greeting.node = node;
  greeting.to = to;
  greeting.shards = 64;
  greeting.volume = "0123";
  greeting.born = {"a", "b"};
  greeting.is_born = true;
  greeting.members = grown;
  return greeting;
}

// One that has not begun.
Greeting unborn(const std::string& node, const std::string& to, std::vector<std::string> nodes) {
  auto greeting = of(node, to);
  greeting.is_born = false;
  greeting.members = born_with(nodes);
  greeting.born = std::move(nodes);
  return greeting;
}

void says(const std::string& text, const std::string& part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
}

}  // namespace

TEST_CASE("whoever does not belong here is told why, by name") {
  const auto own = of("b", "");
  CHECK(why_not(own, of("a", "b")).empty());
  const auto refusal = [&](auto change) {
    auto theirs = of("a", "b");
    change(theirs);
    return why_not(own, theirs);
  };
  says(refusal([](auto& g) { g.protocol = 7; }), "version 7");
  says(refusal([](auto& g) { g.cluster = "test"; }), "the cluster 'test'");
  says(refusal([](auto& g) { g.to = "c"; }), "looks for the node c");
  says(refusal([](auto& g) { g.node = "b"; }), "two nodes");
  says(refusal([](auto& g) { g.shards = 32; }), "32 shards");
  says(refusal([](auto& g) { g.born = {"a", "c"}; }), "begins with a, c,");
}

TEST_CASE("before the birth both must have the same list") {
  CHECK(why_not(unborn("b", "", {"a", "b"}), unborn("a", "b", {"a", "b"})).empty());
  says(why_not(unborn("b", "", {"a", "b"}), unborn("a", "b", {"a", "b", "c"})),
       "begins with a, b, c");
}

TEST_CASE("a node that has not begun is let in where it was added, whatever its own list says") {
  const auto own = of("a", "");
  CHECK(why_not(own, unborn("d", "a", {"a", "d"})).empty());
  says(why_not(own, unborn("e", "a", {"a", "e"})), "endure cluster add e=ADDRESS");
  auto without = own;
  without.members = *without_member(grown, "d");
  says(why_not(without, unborn("d", "a", {"a", "d"})), "d was removed from the cluster 'prod'");
}

TEST_CASE("a node of the birth that has not begun must have the list of the birth") {
  CHECK(why_not(of("a", ""), unborn("b", "a", {"a", "b"})).empty());
  says(why_not(of("a", ""), unborn("b", "a", {"a", "b", "d"})), "begins with a, b, d");
  CHECK(why_not(unborn("b", "", {"a", "b"}), of("a", "b")).empty());
  says(why_not(unborn("b", "", {"b", "d"}), of("a", "b")), "begins with b, d");
}

TEST_CASE("a node adopts the cluster that it was added to, and no other") {
  CHECK(why_not(unborn("d", "", {"a", "d"}), of("a", "d")).empty());
  CHECK(adopts(unborn("d", "", {"a", "d"}), of("a", "d")));
  says(why_not(unborn("e", "", {"a", "e"}), of("a", "e")), "endure cluster add e=ADDRESS");
  CHECK_FALSE(adopts(unborn("e", "", {"a", "e"}), of("a", "e")));
  CHECK_FALSE(adopts(unborn("b", "", {"a", "b"}), of("a", "b")));  // it makes its own shards
  CHECK_FALSE(adopts(of("d", ""), of("a", "d")));
  CHECK_FALSE(adopts(unborn("d", "", {"a", "d"}), unborn("a", "d", {"a", "d"})));
}

TEST_CASE("of two that have begun the own list counts, and a later one for who is unknown there") {
  auto behind = of("b", "");
  behind.members = born_with({"a", "b"});
  CHECK(why_not(behind, of("a", "b")).empty());
  CHECK(why_not(behind, of("d", "b")).empty());  // it is to be learnt
  auto as_early = of("d", "b");
  as_early.members.version = 0;
  says(why_not(behind, as_early), "endure cluster add d=ADDRESS");
  auto stranger = of("x", "b");
  says(why_not(behind, stranger), "x does not belong");  // not even by its own list
  auto ahead = of("a", "");
  ahead.members = *without_member(grown, "d");
  says(why_not(ahead, of("d", "a")), "d was removed");
  // Who knows that it has gone is let in until the other has taken its list.
  auto leaver = of("a", "b");
  leaver.members = *without_member(grown, "a");
  CHECK(why_not(of("b", ""), leaver).empty());
  CHECK(why_not(behind, leaver).empty());
  auto left = of("a", "");
  left.members = leaver.members;
  says(why_not(left, of("b", "a")), "a was removed");
}
