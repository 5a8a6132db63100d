#include "persistence/cluster_codec.hpp"

#include "persistence/envelope.hpp"
#include "tests/support/catch.hpp"

using namespace endure;
using namespace endure::persistence;

namespace {

ClusterRow row() {
  ClusterRow row;
  row.identity = {"prod", 64, "b", {"a", "b"}};
  row.volume = "0123";
  row.born = true;
  row.known = {{"a", "4567"}};
  row.members = born_with(row.identity.nodes);
  return row;
}

}  // namespace

TEST_CASE("while nobody was added the row is as it was before nodes could be") {
  const auto bytes = encode_cluster(row());
  CHECK(unseal(bytes, 1));
  const auto read = decode_cluster(bytes);
  REQUIRE(read);
  CHECK(read->identity == row().identity);
  CHECK(read->members == born_with({"a", "b"}));  // which stands nowhere in the bytes
}

TEST_CASE("a list of nodes that has changed is read back, and by no older program") {
  auto changed = row();
  changed.members = *without_member(*with_member(changed.members, "c", "tcp://c:1"), "a");
  const auto bytes = encode_cluster(changed);
  CHECK_FALSE(unseal(bytes, 1));
  const auto read = decode_cluster(bytes);
  REQUIRE(read);
  CHECK(read->members == changed.members);
  CHECK(read->known.size() == 1);
  CHECK(read->born);
}
