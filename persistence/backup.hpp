// Copies of an LMDB volume, consistent as of one commit, without the pages that it no longer uses.
// The node goes on meanwhile; old pages are not used again until the copy is done.
#pragma once

#include <functional>
#include <string>

#include "base/result.hpp"
#include "persistence/store.hpp"

namespace endure::persistence {

// Puts into the folder `to` what belongs to a volume and is none of this library's.
using Beside = std::function<Result<void>(const std::string& to)>;

// Copies the store's volume into the folder `to`, which must not exist or be empty, but for what an
// interrupted copy left. The copy is complete and durable when this returns, with what `beside`
// puts there; one that failed or was interrupted is not taken for a volume, and no node starts on
// it. Code::conflict where `to` holds something, Code::invalid for a store that is not on LMDB,
// Code::full, Code::io. Any thread.
Result<void> backup_store(Store& store, const std::string& to);

// The same for the volume in the folder `from`, also while another process has it open. Not for one
// that this process has open as a store.
Result<void> backup_volume(const std::string& from, const std::string& to,
                           const Beside& beside = {});

// Copies a backup to where a node is to run: only one in which verify finds nothing (else
// Code::corrupt), and while no node runs in `to` (else Code::conflict). Otherwise as
// backup_volume().
Result<void> restore_volume(const std::string& from, const std::string& to,
                            const Beside& beside = {});

}  // namespace endure::persistence
