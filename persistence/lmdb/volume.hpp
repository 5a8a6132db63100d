// Opening a volume: the folder, its lock, its format.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "persistence/lmdb/env.hpp"
#include "persistence/lmdb/lmdb_store.hpp"
#include "persistence/lmdb/schema.hpp"

namespace endure::persistence::lmdb {

// Keeps every other process, and every other store of this process, out of the folder.
class FolderLock {
 public:
  explicit FolderLock(const std::string& folder);  // throws Failed (Code::conflict) with its pid
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int file_ = -1;
};

// A volume that is open for writing. Throws Failed.
struct Volume {
  explicit Volume(const LmdbConfig& config);

  FolderLock lock;
  Env env;
  Schema schema;
  std::uint64_t epoch = 0;     // of this opening
  std::uint64_t sequence = 0;  // the highest count ever given out
  std::optional<ClusterRow> cluster;

 private:
  void open_cluster(WriteTxn& txn, const LmdbConfig& config, bool is_ours);
};

// A volume as another process may have it open right now: nothing is written. Must not be opened by
// the process that has the store. Throws Failed.
struct VolumeView {
  explicit VolumeView(const std::string& folder);

  Env env;
  Schema schema;
};

// Makes the folder where it is missing, and its name durable. Throws Failed.
void make_folder(const std::string& folder);
// Makes the names in a folder durable. Throws Failed.
void flush_folder(const std::string& folder);

}  // namespace endure::persistence::lmdb
