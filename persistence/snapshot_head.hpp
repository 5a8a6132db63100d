// What a commit needs to know of the stored snapshot: it stands at a fixed place, so that the
// writer neither parses the record nor walks over its bytes for their checksum.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "workflow/snapshot.hpp"

namespace endure::persistence {

struct SnapshotHead {
  std::uint64_t transition = 0;
  workflow::Phase phase = workflow::Phase::pending;
};

// Nothing where the bytes are no snapshot record. Their checksum is not looked at.
std::optional<SnapshotHead> peek_snapshot(std::string_view record);

}  // namespace endure::persistence
