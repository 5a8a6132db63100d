// Room on the volume for what must not be refused. LMDB may grow by it beyond the volume's greatest
// size, but only changes that stop a workflow or take rows away are let into it: a full volume can
// still be brought to order from outside.
#pragma once

#include <cstdint>
#include <span>

#include "persistence/change.hpp"

namespace endure::persistence::lmdb {

// Of a volume whose greatest size is `map_bytes`. At least 16 MiB: while somebody reads (a list, a
// backup), the pages that a change gives up cannot be used again, and each change takes fresh ones.
std::uint64_t reserve_bytes(std::uint64_t map_bytes);

bool may_use_reserve(const Change& change);

// An upper estimate of what a commit of these takes for a moment: the pages it copies and what it
// stores anew.
std::uint64_t bytes_needed(std::span<const Change> changes);

}  // namespace endure::persistence::lmdb
