#include "runtime/cluster/messages.hpp"

#include "persistence/codec.hpp"
#include "runtime/cluster/shard_map.hpp"
#include "tests/support/catch.hpp"

using namespace endure;
using namespace endure::cluster;

TEST_CASE("what nodes say to each other is read back") {
  News news;
  news.born = true;
  news.build = "0.1.0";
  news.http = "http://10.0.0.1:7450";
  news.workers = "tcp://10.0.0.1:7451";
  news.definitions = "abc";
  news.shards = {{3, 1}, {9, 2}};
  news.members = 4;
  CHECK(*decode_news(encode(news)) == news);

  const auto members =
      *without_member(*with_member(born_with({"a", "b"}), "c", "tcp://10.0.0.3:7452"), "a");
  CHECK(*decode_members(encode(members)) == members);
  const auto ask = decode_depart(encode(DepartAsk{members, true}));
  REQUIRE(ask);
  CHECK(ask->members == members);
  CHECK(ask->stays);
  const auto left = decode_depart_answer(encode(DepartAnswer{7, "why", true}));
  REQUIRE(left);
  CHECK(left->waiting == 7);
  CHECK(left->problem == "why");
  CHECK(left->shards);

  http::Request request;
  request.method = "POST";
  request.target = "/v1/workflows?x=%20";
  request.headers = {{"content-type", "application/json"}, {"ce-id", "\xff"}};
  request.body = std::string("\0binary", 7);
  const auto read = decode_request(encode(request));
  REQUIRE(read);
  CHECK(read->method == "POST");
  CHECK(read->target == request.target);
  CHECK(read->headers == request.headers);
  CHECK(read->body == request.body);
  CHECK(read->from_node.empty());

  http::Response response;
  response.status = 421;
  response.headers = {{"x-endure-owner", "b"}, {"Retry-After", "1"}};
  response.body = "{}";
  const auto answer = decode_response(encode(response));
  REQUIRE(answer);
  CHECK(answer->status == 421);
  CHECK(answer->headers == response.headers);

  const auto offer = decode_offer(encode(RelayOffer{{1, 2}, 7, {"a", "", "c"}}));
  REQUIRE(offer);
  CHECK(offer->channel == persistence::ChannelKey{1, 2});
  CHECK(offer->after == 7);
  CHECK(offer->messages == std::vector<std::string>{"a", "", "c"});
  CHECK(decode_answer(encode(RelayAnswer{9, "why"}))->problem == "why");

  persistence::DefinitionRow row{{"agents", "post", "1.0.0"}, "source", {5}, {{"uri", "text"}}};
  const auto definition = decode_definition(encode(row));
  REQUIRE(definition);
  CHECK(definition->ref == row.ref);
  CHECK(definition->deployed == row.deployed);
  CHECK(definition->resources == row.resources);
  const auto entries = decode_entries(encode(std::vector<DefinitionEntry>{{row.ref, "digest"}}));
  REQUIRE(entries->size() == 1);
  CHECK(entries->front().ref == row.ref);
  CHECK(*decode_ref(encode(row.ref)) == row.ref);
}

TEST_CASE("a damaged message is an error and never half-read") {
  const auto bytes = encode(RelayOffer{{1, 2}, 7, {"message"}});
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    auto changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    CHECK_FALSE(decode_offer(changed));
    CHECK_FALSE(decode_offer(std::string_view(bytes).substr(0, at)));
  }
}

TEST_CASE("of two claims to a shard the higher epoch counts, of one epoch the later word") {
  ShardMap map(4);
  CHECK(map.of(1).owner.empty());
  map.learn("a", {{1, 1}, {2, 1}});
  map.learn(1, "b", 2);
  CHECK(map.of(1) == ShardMap::Entry{"b", 2});
  map.learn("a", {{1, 1}});
  CHECK(map.of(1).owner == "b");
  map.learn(1, "c", 2);
  CHECK(map.of(1).owner == "c");
  map.learn(1, "", 9);
  CHECK(map.of(1).owner == "c");
  map.learn(99, "a", 1);
  CHECK(map.all().size() == 4);
}
