// Looks at every row of an LMDB volume: checksums, and that the rows of its tables fit each other.
// Reads one consistent state, in the order of the tables, without changing anything. On a volume of
// a running node it keeps old pages from being used again while it runs.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "persistence/store.hpp"

namespace endure::persistence {

struct Finding {
  std::string table;
  std::string key;   // as people write it: "enrich/5/1700000000000/42/3"
  std::string what;  // a sentence

  bool operator==(const Finding&) const = default;
};

// All that is wrong, at most `max_findings`. Code::invalid for a store that is not on LMDB.
Result<std::vector<Finding>> verify_store(Store& store, std::size_t max_findings = 1'000);

// The same for a folder. Not for one that this process has open as a store.
Result<std::vector<Finding>> verify_volume(const std::string& folder,
                                           std::size_t max_findings = 1'000);

}  // namespace endure::persistence
