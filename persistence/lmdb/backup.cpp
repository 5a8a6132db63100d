#include "persistence/backup.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "persistence/lmdb/store_impl.hpp"

namespace endure::persistence {

namespace lmdb {

namespace {

class File {
 public:
  explicit File(const std::string& path)
      : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) {
    if (file_ < 0) check(errno, path.c_str());
  }
  ~File() { ::close(file_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return file_; }

 private:
  int file_;
};

// Under another name until it is whole and on the disk, so that half a copy is never opened.
void copy(const Env& env, const std::string& to) {
  make_folder(to);
  std::error_code error;
  const bool is_empty = std::filesystem::is_empty(to, error);
  if (error) throw Failed({Code::io, error.message(), to});
  if (!is_empty) throw Failed({Code::conflict, "the folder for the copy is not empty", to});
  const auto partial = to + "/data.mdb.partial";
  try {
    const File file(partial);
    check(mdb_env_copyfd2(env.get(), file.get(), MDB_CP_COMPACT), "copy");
    if (::fsync(file.get()) != 0) check(errno, partial.c_str());
  } catch (...) {
    std::remove(partial.c_str());
    throw;
  }
  const auto whole = to + "/data.mdb";
  if (std::rename(partial.c_str(), whole.c_str()) != 0) check(errno, whole.c_str());
  flush_folder(to);
}

}  // namespace

}  // namespace lmdb

Result<void> backup_store(Store& store, const std::string& to) {
  const auto* on_lmdb = dynamic_cast<const lmdb::LmdbStore*>(&store);
  if (on_lmdb == nullptr) return fail(Code::invalid, "only a volume on LMDB can be copied");
  return lmdb::guarded([&] { lmdb::copy(on_lmdb->volume().env, to); });
}

Result<void> backup_volume(const std::string& from, const std::string& to) {
  return lmdb::guarded([&] {
    const lmdb::VolumeView view(from);
    lmdb::copy(view.env, to);
  });
}

}  // namespace endure::persistence
