// What the first byte of an input of the target `bridge` says, which the seeds are written by, too.
#pragma once

namespace endure::testing {

//   byte 0    kind; with `unsealed` the rest are a payload, which the target seals: a mutation must
//             get behind the checksum
enum class BridgeKind : unsigned {
  frame,    // messages of a connection, each behind its length
  message,  // one of them
  link,     // to the dialler's side, one after the other
  news,     // what travels in beats, calls and answers
  members,
  depart,
  depart_answer,
  request,
  response,
  relay_offer,
  relay_answer,
  definitions,
  definition_ref,
  definition,
  move_offer,
  move_answer,
  relayed,  // what stands in the volumes and comes from elsewhere
  cluster,
  shard,
  channel,
  sequences,
  count
};
constexpr unsigned unsealed = 0x80;

}  // namespace endure::testing
