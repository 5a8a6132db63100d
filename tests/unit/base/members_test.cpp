#include "base/members.hpp"

#include "base/placement.hpp"
#include "tests/support/catch.hpp"

using namespace endure;

namespace {

MemberList grown() {
  return *with_member(*with_member(born_with({"a", "b"}), "c", "tcp://c:1"), "d", "tcp://d:1");
}

}  // namespace

TEST_CASE("nodes have the numbers of their birth, and then the next ones") {
  const auto list = grown();
  CHECK(list.version == 2);
  REQUIRE(list.all.size() == 4);
  CHECK(list.find("a")->number == 0);
  CHECK(list.find("d")->number == 3);
  CHECK(list.numbered(2)->node == "c");
  CHECK(list.numbered(4) == nullptr);
  CHECK(list.has("d"));
  CHECK_FALSE(list.has("e"));
  CHECK(list.decider()->node == "a");
}

TEST_CASE("the same node again is no change, another address or a name of old is refused") {
  const auto list = grown();
  CHECK(*with_member(list, "c", "tcp://c:1") == list);
  CHECK(with_member(list, "c", "tcp://c:2").error().code == Code::conflict);
  CHECK(with_member(list, "c", "tcp://c:2").error().what.find("tcp://c:1") != std::string::npos);
  const auto without = *without_member(list, "c");
  const auto refused = with_member(without, "c", "tcp://c:1");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::conflict);
  CHECK(refused.error().what.find("was removed") != std::string::npos);
}

TEST_CASE("who is gone keeps its number, and the next lowest decides") {
  const auto list = *without_member(grown(), "a");
  CHECK(list.version == 3);
  CHECK_FALSE(list.has("a"));
  CHECK(list.find("a")->number == 0);
  CHECK(list.decider()->node == "b");
  CHECK(*without_member(list, "a") == list);
  CHECK(with_member(list, "e", "tcp://e:1")->find("e")->number == 4);
  CHECK(without_member(list, "e").error().code == Code::not_found);
}

TEST_CASE("the last node cannot go") {
  CHECK(without_member(born_with({"a"}), "a").error().code == Code::conflict);
  const auto list = *without_member(born_with({"a", "b"}), "b");
  CHECK(without_member(list, "a").error().code == Code::conflict);
}

TEST_CASE("there are only so many numbers, also when nodes are gone") {
  auto list = born_with({"n0"});
  for (std::uint32_t i = 1; i < max_nodes; ++i) {
    list = *with_member(std::move(list), "n" + std::to_string(i), "tcp://n:1");
    if (i > 1) list = *without_member(std::move(list), "n" + std::to_string(i - 1));
  }
  CHECK(with_member(list, "further", "tcp://n:1").error().code == Code::full);
}

TEST_CASE("a list follows another one only where it is later and keeps each number") {
  const auto now = grown();
  const auto next = *without_member(now, "b");
  CHECK(check_successor(now, next));
  CHECK(check_successor(born_with({"a", "b"}), next));  // changes may be skipped
  CHECK(check_successor(next, now).error().code == Code::conflict);
  CHECK(check_successor(now, now).error().code == Code::conflict);
  const auto wrong = [&](auto change) {
    auto list = *with_member(next, "e", "tcp://e:1");
    change(list);
    return check_successor(next, list).error().code;
  };
  CHECK(wrong([](auto& list) { list.all[1].gone = false; }) == Code::invalid);
  CHECK(wrong([](auto& list) { std::swap(list.all[2].node, list.all[3].node); }) == Code::invalid);
  CHECK(wrong([](auto& list) { list.all.resize(2); }) == Code::invalid);
  CHECK(wrong([](auto& list) { list.all[4].number = 5; }) == Code::invalid);
  CHECK(wrong([](auto& list) { list.all[4].node = "a"; }) == Code::invalid);
}
