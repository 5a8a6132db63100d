#include "persistence/backup.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "persistence/lmdb/folder_files.hpp"
#include "persistence/lmdb/store_impl.hpp"
#include "persistence/lmdb/verifier.hpp"

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

// Half a copy has another name, so that it is never opened; Volume refuses a folder that has only
// it. What lies beside it was put there by the copying that was interrupted.
void check_target(const std::string& to) {
  namespace fs = std::filesystem;
  const fs::path folder(to);
  std::error_code error;
  const bool was_interrupted =
      fs::exists(folder / partial_name, error) && !fs::exists(folder / data_name, error);
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (was_interrupted || entry.path().filename() == lock_name) continue;
    throw Failed({Code::conflict, "the folder for the copy is not empty", to});
  }
  if (error) throw Failed({Code::io, error.message(), to});
}

void copy(const Env& env, const std::string& to, const Beside& beside) {
  make_folder(to);
  check_target(to);
  const auto partial = to + "/" + partial_name;
  std::remove(partial.c_str());
  try {
    const File file(partial);
    flush_folder(to);
    check(mdb_env_copyfd2(env.get(), file.get(), MDB_CP_COMPACT), "copy");
    if (::fsync(file.get()) != 0) check(errno, partial.c_str());
    if (beside) {
      const auto put = beside(to);
      if (!put) throw Failed(put.error());
    }
  } catch (...) {
    std::remove(partial.c_str());
    throw;
  }
  flush_folder(to);
  const auto whole = to + "/" + data_name;
  if (std::rename(partial.c_str(), whole.c_str()) != 0) check(errno, whole.c_str());
  flush_folder(to);
}

void check_sound(const VolumeView& view, const std::string& folder) {
  const ReadTxn txn(view.env);
  const auto findings = Verifier(view.schema, txn, 1).run();
  if (findings.empty()) return;
  const auto& first = findings.front();
  throw Failed({Code::corrupt,
                "the backup is not sound: " + first.table + "/" + first.key + ": " + first.what,
                folder});
}

}  // namespace

}  // namespace lmdb

Result<void> backup_store(Store& store, const std::string& to) {
  const auto* on_lmdb = dynamic_cast<const lmdb::LmdbStore*>(&store);
  if (on_lmdb == nullptr) return fail(Code::invalid, "only a volume on LMDB can be copied");
  return lmdb::guarded([&] { lmdb::copy(on_lmdb->volume().env, to, {}); });
}

Result<void> backup_volume(const std::string& from, const std::string& to, const Beside& beside) {
  return lmdb::guarded([&] {
    const lmdb::VolumeView view(from);
    lmdb::copy(view.env, to, beside);
  });
}

Result<void> restore_volume(const std::string& from, const std::string& to, const Beside& beside) {
  return lmdb::guarded([&] {
    const lmdb::VolumeView view(from);
    lmdb::check_sound(view, from);
    const lmdb::FolderLock lock(to);
    lmdb::copy(view.env, to, beside);
  });
}

}  // namespace endure::persistence
