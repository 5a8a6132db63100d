// How a shard goes from one node to another, as each of the two volumes sees it. Pure: what becomes
// of its row. tests/unit/runtime/cluster/move_test.cpp explores every interleaving of the two, with
// crashes, losses and repetitions.
//
//              freeze              give                confirm, sweep …, emptied
//   owned ───────────────► leaving ─────► given ─────────────────────────────────► given, empty
//     ▲  ◄───────────────                                                              │
//     │        thaw                take            part …, complete             expect │
//     └──────────────────────────────────────────────────────────── arriving ◄─────────┘
//
// The old owner gives the shard away in a commit of its own, and only after the new one has all of
// its rows in its volume; the new one takes it only after that. So at most one node serves it at
// any time, and whichever of the two dies, the other one knows where it stands. An attempt has a
// number: what belongs to one that was given up is refused.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "persistence/cluster_records.hpp"

namespace endure::persistence {

// The row after the step; equal to `row` where the step has been taken before. `row`: absent where
// the shard never was here; `self`: this node. Code::conflict: the step does not fit, and never
// will; Code::retry_later: not yet.
Result<ShardRow> after(const std::optional<ShardRow>& row, const ShardStep& step,
                       const std::string& self);

// Rows of an attempt that was given up, which must go before others come.
constexpr bool is_littered(const ShardRow& row) {
  return row.state == ShardRow::State::arriving && row.has_rows && row.parts == 0;
}
// Rows that have no more use here.
constexpr bool may_be_swept(const ShardRow& row) {
  return is_littered(row) || (row.state == ShardRow::State::given && row.complete && row.has_rows);
}
// Whether the shard may be lost where this node never comes back: it is its own, or may be given to
// it, or the new owner waits to hear that it is its own.
constexpr bool needs_this_node(const ShardRow& row) {
  return row.state == ShardRow::State::arriving
             ? row.complete
             : row.state != ShardRow::State::given || !row.complete;
}
// Whether this node is the owner, be it frozen.
constexpr bool is_own(const ShardRow& row) {
  return row.state == ShardRow::State::owned || row.state == ShardRow::State::leaving;
}

}  // namespace endure::persistence
