// What the old owner of a shard says to the new one (call kind `move`), as bytes like those of
// messages.hpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "persistence/cluster_records.hpp"
#include "persistence/shard_sum.hpp"

namespace endure::cluster {

constexpr std::string_view move_call = "move";

// Acts: expect, part, complete, take.
struct MoveOffer {
  persistence::ShardStep step;
  std::vector<persistence::RawRow> rows;  // part
  persistence::ShardSum sum;              // complete: of all rows
  std::string definitions;                // expect: a digest of those that the old owner has
};
std::string encode(const MoveOffer& offer);
Result<MoveOffer> decode_move(std::string_view bytes);

struct MoveAnswer {
  bool done = false;   // durably
  bool later = false;  // not done, and it may help to ask again
  std::string problem;
};
std::string encode(const MoveAnswer& answer);
Result<MoveAnswer> decode_move_answer(std::string_view bytes);

}  // namespace endure::cluster
