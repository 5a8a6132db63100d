// Copies of an LMDB volume, consistent as of one commit, without the pages that it no longer uses.
// The node goes on meanwhile; old pages are not used again until the copy is done.
#pragma once

#include <string>

#include "base/result.hpp"
#include "persistence/store.hpp"

namespace endure::persistence {

// Copies the store's volume into the folder `to`, which must not exist or be empty. The copy is
// complete and durable when this returns; a copy that failed is not taken for a volume. To restore,
// open the copy, or copy it to where the volume was.
// Code::conflict where `to` holds something, Code::invalid for a store that is not on LMDB,
// Code::full, Code::io. Any thread.
Result<void> backup_store(Store& store, const std::string& to);

// The same for the volume in the folder `from`, also while another process has it open. Not for one
// that this process has open as a store.
Result<void> backup_volume(const std::string& from, const std::string& to);

}  // namespace endure::persistence
