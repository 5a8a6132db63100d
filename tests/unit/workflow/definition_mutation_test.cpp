// Seeded damage to sound documents: whatever comes out, the parser answers and its answer is whole.

#include <random>

#include "tests/support/definitions.hpp"

namespace endure::workflow::test {

namespace {

const std::string sound = R"yaml(
document: { dsl: '1.0.3', namespace: agents, name: social-post, version: '1.0.0' }
use:
  functions: { f: { call: q, with: { a: 1 } }, g: { do: [ { x: { call: f } } ] } }
  retries: { r: { delay: PT1S, backoff: { exponential: {} }, limit: { attempt: { count: 3 } } } }
  errors: { e: { type: https://e.test/x, status: 400 } }
timeout: { after: P30D }
do:
  - enrich: &anchor
      call: enrich
      with: { post: "${ .post }" }
      metadata: { queue: slow, priority: 3, lease: PT1M, status: ENRICHING }
  - again: *anchor
  - decide:
      switch:
        - doubtful: { when: .score < 0.8, then: review }
        - clear: { then: act }
  - review:
      listen: { to: { one: { with: { type: review.decided, data: "${ .ok }" } } } }
  - act:
      try:
        - call: { call: http, with: { method: post, endpoint: 'https://x.test/{id}' } }
      catch: { errors: { with: { status: 503 } }, retry: r, do: [ { h: { raise: { error: e } } } ] }
  - loop: { for: { in: .list, each: one }, while: .go, do: [ { g: { call: g } } ] }
  - split: { fork: { branches: [ { a: { wait: PT5S } }, { b: { set: { x: 1 } } } ] } }
  - tell: { emit: { event: { with: { type: done, data: { a: "${ .b }" } } } } }
)yaml";

std::string damaged(std::string text, std::mt19937& random) {
  static const std::string bytes = "{}[]:,-&*!|>'\"#%@`?~ \n\t$0aZ\\\xC3\x00";
  const auto below = [&random](std::size_t limit) { return limit == 0 ? 0 : random() % limit; };
  const std::size_t changes = 1 + below(4);
  for (std::size_t i = 0; i < changes; ++i) {
    const std::size_t at = below(text.size());
    switch (below(5)) {
      case 0: text.erase(at, 1 + below(12)); break;
      case 1: text.insert(at, 1, bytes[below(bytes.size())]); break;
      case 2: text[at] = bytes[below(bytes.size())]; break;
      case 3: text.insert(at, text.substr(below(text.size()), below(40))); break;
      default: text.resize(at + (text.size() - at) / 2); break;
    }
  }
  return text;
}

// Every task refers to tasks that exist, and every problem says something.
void check_whole(const Parsed& parsed) {
  if (!parsed) {
    REQUIRE_FALSE(parsed.error().empty());
    for (const Problem& problem : parsed.error()) REQUIRE_FALSE(problem.what.empty());
    return;
  }
  const Definition& definition = **parsed;
  for (const Task& task : definition.tasks) {
    REQUIRE(task.parent <= task.id);
    REQUIRE(task.then.task < definition.tasks.size());
    if (const auto* list = std::get_if<DoTask>(&task.body)) {
      for (const TaskId id : list->tasks) REQUIRE(definition.task(id).parent == task.id);
    }
  }
}

}  // namespace

TEST_CASE("the document that is damaged below is sound") {
  must_parse(sound);
}

TEST_CASE("a damaged document is read or refused, whatever the damage") {
  std::mt19937 random(20'240'131);
  for (int i = 0; i < 1'500; ++i) {
    const std::string text = damaged(sound, random);
    CAPTURE(i, text);
    check_whole(parse(text));
  }
}

TEST_CASE("a damaged JSON document is read or refused, whatever the damage") {
  std::mt19937 random(7);
  const std::string json = must_parse(sound)->document->dump(1);
  for (int i = 0; i < 1'500; ++i) {
    const std::string text = damaged(json, random);
    CAPTURE(i, text);
    check_whole(parse(text));
  }
}

TEST_CASE("a value of a wrong type is refused anywhere in a document") {
  const Json document = must_parse(sound)->document.json();
  const Json flat = document.flatten();
  for (const auto& [pointer, value] : flat.items()) {
    for (const Json& wrong : {Json(), Json(5), Json("text"), Json::array({1}), Json::object()}) {
      Json changed = document;
      changed[Json::json_pointer(pointer)] = wrong;
      CAPTURE(pointer, wrong.dump());
      check_whole(parse(changed.dump()));
    }
  }
}

TEST_CASE("YAML and JSON of one document give one model") {
  const auto yaml = must_parse(sound);
  const auto json = must_parse(yaml->document->dump(2));
  CHECK(yaml->document == json->document);
  CHECK(yaml->queues == json->queues);
  REQUIRE(yaml->tasks.size() == json->tasks.size());
  for (std::size_t i = 0; i < yaml->tasks.size(); ++i) {
    const Task& a = yaml->tasks[i];
    const Task& b = json->tasks[i];
    CHECK(a.pointer == b.pointer);
    CHECK(a.name == b.name);
    CHECK(a.parent == b.parent);
    CHECK(a.body.index() == b.body.index());
    CHECK(a.source == b.source);
    CHECK(a.then.kind == b.then.kind);
    CHECK(a.then.task == b.then.task);
  }
}

}  // namespace endure::workflow::test
