#include "workflow/value/packed_object.hpp"

#include <random>

#include "tests/support/catch.hpp"

using namespace endure::workflow;

namespace {

Value passed_on(const Value& value) {
  return Value::from_packed(std::string(value.packed()));
}

}  // namespace

TEST_CASE("a member is found in an object's bytes", "[value]") {
  const Value object = passed_on(Json{{"a", 1}, {"b", {{"c", {2, 3}}}}, {"n", nullptr}});
  CHECK(member(object, "a").json() == 1);
  CHECK(member(object, "b").json() == Json{{"c", {2, 3}}});
  CHECK(member(member(object, "b"), "c").json() == Json{2, 3});
  CHECK(member(object, "n").is_null());
  CHECK(member(object, "z").is_null());
  CHECK(member(object, "").is_null());
  CHECK(member(Value(), "a").is_null());
  CHECK(member(Value(Json{1, 2}), "a").is_null());
  CHECK(member(Value(Json("a")), "a").is_null());
}

TEST_CASE("a member is put into an object, or in the place of the one before", "[value]") {
  const Value object = passed_on(Json{{"b", 1}, {"d", {1, 2}}});
  CHECK(with_member(object, "a", Json(0)).json() == Json{{"a", 0}, {"b", 1}, {"d", {1, 2}}});
  CHECK(with_member(object, "c", Json("x")).json() == Json{{"b", 1}, {"c", "x"}, {"d", {1, 2}}});
  CHECK(with_member(object, "e", Value()).json() == Json{{"b", 1}, {"d", {1, 2}}, {"e", nullptr}});
  CHECK(with_member(object, "d", Json(7)).json() == Json{{"b", 1}, {"d", 7}});
  CHECK(with_member(Value(), "a", Json(1)).json() == Json{{"a", 1}});
  CHECK(object.json() == Json{{"b", 1}, {"d", {1, 2}}});
}

// The bytes are those that the same tree has, also where the head of the map grows from one byte to
// three.
TEST_CASE("an object that was put together from members has its tree's bytes", "[value]") {
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same each time
  for (int round = 0; round < 50; ++round) {
    Value object;
    Json tree = Json::object();
    for (int i = 0; i < 40; ++i) {
      const std::string name = "m" + std::to_string(random() % 30);
      const Json value = random() % 3 == 0 ? Json{{"x", random()}} : Json(random());
      object = with_member(object, name, value);
      tree[name] = value;
      REQUIRE(object.packed() == Value(tree).packed());
    }
    for (const auto& [name, value] : tree.items()) REQUIRE(member(object, name).json() == value);
  }
}

TEST_CASE("members in any order are found, and stay where they are", "[value]") {
  const Value object = Value::from_packed(
      "\x83\xA1z\x01\xA1"
      "a\x02\xA1m\x03");
  CHECK(member(object, "a").json() == 2);
  CHECK(with_member(object, "m", Json(9)).json() == Json{{"z", 1}, {"a", 2}, {"m", 9}});
  CHECK(with_member(object, "b", Json(9)).json() == Json{{"z", 1}, {"a", 2}, {"b", 9}, {"m", 3}});
}
