// The LMDB store: one environment in one folder.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "persistence/store.hpp"

namespace endure::persistence {

enum class Durability : std::uint8_t {
  full,     // every commit is flushed to the disk before it is answered
  relaxed,  // MDB_NOSYNC: a crash of the machine (not of the process) loses the last commits
};

struct LmdbConfig {
  std::string folder;                     // made where it is missing
  std::uint64_t map_bytes = 1ULL << 36U;  // the volume's greatest size; disk is used as it grows
  std::uint32_t max_readers = 126;
  Durability durability = Durability::full;
  // The cluster that the volume belongs to from its making on; absent: none.
  std::optional<ClusterIdentity> cluster = {};
};

// Opens or makes a volume. A lock file keeps a second process out: Code::conflict, with the other's
// pid. Code::invalid: made by a newer version, not a volume of Endure, or of another cluster or
// node; Code::io.
Result<std::unique_ptr<Store>> open_lmdb_store(const LmdbConfig& config);

}  // namespace endure::persistence
