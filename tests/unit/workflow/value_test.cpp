#include "workflow/value/value.hpp"

#include <random>
#include <thread>
#include <vector>

#include "tests/support/catch.hpp"
#include "workflow/value/msgpack_reader.hpp"

using namespace endure::workflow;

namespace {

const Json sample = {{"id", 7}, {"tags", {"a", "b"}}, {"nested", {{"x", nullptr}}}};

Value passed_on(const Value& value) {
  return Value::from_packed(std::string(value.packed()));
}

// Any bytes at all, and bytes that a document became but for a few.
std::string mutated(std::mt19937& random) {
  std::string bytes(Value(sample).packed());
  const auto changes = random() % 4;
  for (std::size_t i = 0; i < changes; ++i) {
    bytes[random() % bytes.size()] = static_cast<char>(random());
  }
  if (random() % 4 == 0) bytes.resize(random() % bytes.size());
  return bytes;
}

}  // namespace

TEST_CASE("a value is the same document by its tree and by its bytes", "[value]") {
  const Value tree(sample);
  const Value bytes = passed_on(tree);
  CHECK(bytes.json() == sample);
  CHECK(bytes.packed() == tree.packed());
  CHECK(bytes == tree);
  CHECK_FALSE(bytes == Value(Json{1}));
}

TEST_CASE("what is asked without a tree is answered as the tree would", "[value]") {
  const auto json = GENERATE(Json(nullptr), Json(false), Json(0), Json("text"), Json::array(),
                             Json::object(), Json(sample), Json(std::vector<int>(40, 1)));
  const Value tree(json);
  const Value bytes = passed_on(tree);
  for (const Value& value : {tree, bytes}) {
    CHECK(value.is_null() == json.is_null());
    CHECK(value.is_object() == json.is_object());
  }
}

TEST_CASE("copies share their document, and null has none", "[value]") {
  const Value value(sample);
  const Value copy = value;  // NOLINT: the copy is what is tested
  CHECK(copy.identity() == value.identity());
  CHECK(&copy.json() == &value.json());
  CHECK(Value(sample).identity() != value.identity());
  CHECK(Value().identity() == nullptr);
  CHECK(Value::from_packed("\xC0").identity() == nullptr);
  CHECK(Value().packed() == "\xC0");
}

TEST_CASE("threads that ask at the same time get one tree and the same bytes", "[value]") {
  for (int round = 0; round < 50; ++round) {
    const Value packed = passed_on(Value(sample));
    const Value tree(sample);
    std::vector<const Json*> trees(4);
    std::vector<const char*> bytes(4);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < trees.size(); ++i) {
      threads.emplace_back([&, i] {
        trees[i] = &packed.json();
        bytes[i] = tree.packed().data();
      });
    }
    for (auto& thread : threads) thread.join();
    for (std::size_t i = 1; i < trees.size(); ++i) {
      CHECK(trees[i] == trees[0]);
      CHECK(bytes[i] == bytes[0]);
    }
    CHECK(*trees[0] == sample);
  }
}

TEST_CASE("bytes are passed over by the rules by which they are read", "[value]") {
  std::mt19937 random(20'251'101);  // NOLINT: reproducible
  const JsonLimits limits{3, true};
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string bytes = mutated(random);
    Reader reads(bytes);
    reads.json(limits);
    Reader skips(bytes);
    const auto skipped = skips.skip(limits);
    CAPTURE(i);
    REQUIRE(skips.ok() == reads.ok());
    REQUIRE(skips.error() == reads.error());
    REQUIRE(skips.at_end() == reads.at_end());
    if (!reads.ok()) continue;
    ++accepted;
    REQUIRE(skipped == std::string_view(bytes).substr(0, skipped.size()));
  }
  CHECK(accepted > 1'000);
}
