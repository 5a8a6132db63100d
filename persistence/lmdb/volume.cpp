#include "persistence/lmdb/volume.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "persistence/lmdb/folder_files.hpp"
#include "persistence/lmdb/record.hpp"
#include "persistence/lmdb/reserve.hpp"
#include "persistence/lmdb/rows.hpp"

namespace endure::persistence::lmdb {

namespace {

[[noreturn]] void refuse(Code code, std::string what, const std::string& folder) {
  throw Failed({code, std::move(what), folder});
}

std::uint64_t meta_number(const Txn& txn, const Schema& schema, const char* name) {
  const auto bytes = schema.meta.get(txn, name);
  return bytes ? taken(decode_number(*bytes), schema.meta, name) : 0;
}

// LMDB's own table, which holds the names of all others.
std::uint64_t table_count(const Txn& txn) {
  MDB_dbi dbi = 0;
  check(mdb_dbi_open(txn.get(), nullptr, 0, &dbi), "tables");
  MDB_stat stat;
  check(mdb_stat(txn.get(), dbi, &stat), "tables");
  return stat.ms_entries;
}

// A node on half a copy would begin with nothing, and what was to be restored would seem lost.
const std::string& checked(const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path path(folder);
  if (!fs::exists(path / partial_name, error) || fs::exists(path / data_name, error)) {
    return folder;
  }
  refuse(Code::invalid,
         "a backup or restore into the folder was interrupted: run it again, or empty the folder",
         folder);
}

// False for a new, empty environment. Refuses what is not ours, or newer than we are.
bool check_format(const Txn& txn, Schema& schema, const std::string& folder) {
  if (!schema.meta.open(txn, false) || !schema.meta.get(txn, meta_format)) {
    if (table_count(txn) == 0) return false;
    refuse(Code::invalid, "the folder holds an LMDB environment that is not a volume of Endure",
           folder);
  }
  const auto format = meta_number(txn, schema, meta_format);
  if (format == 0 || format > format_version) {
    refuse(Code::invalid,
           "the volume has format " + std::to_string(format) + ", this program knows up to " +
               std::to_string(format_version) + ": use the newer program that made it",
           folder);
  }
  return true;
}

}  // namespace

// -- folders ------------------------------------------------------------------

void flush_folder(const std::string& folder) {
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) check(errno, folder.c_str());
  const int rc = ::fsync(file) == 0 ? 0 : errno;
  ::close(file);
  check(rc, folder.c_str());
}

void make_folder(const std::string& folder) {
  namespace fs = std::filesystem;
  if (folder.empty()) refuse(Code::invalid, "the volume's folder is not given", folder);
  std::error_code error;
  if (!fs::create_directories(folder, error) && !error) return;
  if (error) refuse(Code::io, "the folder cannot be made: " + error.message(), folder);
  fs::permissions(folder, fs::perms::owner_all, error);
  flush_folder(fs::absolute(folder).lexically_normal().parent_path().string());
}

FolderLock::FolderLock(const std::string& folder) {
  make_folder(folder);
  const auto path = folder + "/" + lock_name;
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file_ < 0) check(errno, path.c_str());
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
    const int rc = errno;
    char pid[24] = {};
    const auto size = ::pread(file_, pid, sizeof pid - 1, 0);
    ::close(file_);
    if (rc != EWOULDBLOCK) check(rc, path.c_str());
    const std::string owner = size > 0 ? std::to_string(std::atol(pid)) : "unknown";
    refuse(Code::conflict, "the volume is in use by the process " + owner, folder);
  }
  const auto pid = std::to_string(::getpid()) + "\n";
  const bool written = ::ftruncate(file_, 0) == 0 && ::pwrite(file_, pid.data(), pid.size(), 0) ==
                                                         static_cast<ssize_t>(pid.size());
  if (!written) {  // without it nobody is told whom to stop
    const int rc = errno;
    ::close(file_);
    check(rc, path.c_str());
  }
}

FolderLock::~FolderLock() {
  ::close(file_);
}

// -- volumes ------------------------------------------------------------------

Volume::Volume(const LmdbConfig& config)
    : lock(checked(config.folder)),
      env({.folder = config.folder,
           .map_bytes = config.map_bytes,
           .reserve_bytes = reserve_bytes(config.map_bytes),
           .max_readers = config.max_readers,
           .sync = config.durability == Durability::full}) {
  bool is_ours = false;
  {
    const ReadTxn txn(env);
    is_ours = check_format(txn, schema, config.folder);
  }
  WriteTxn txn(env);
  schema.for_each([&](auto& table) { table.open(txn, true); });
  // A volume of an older format lacks tables, which have just been made.
  schema.meta.put(txn, meta_format, encode_number(format_version));
  epoch = meta_number(txn, schema, meta_epoch) + 1;
  sequence = meta_number(txn, schema, meta_sequence);
  schema.meta.put(txn, meta_epoch, encode_number(epoch));
  txn.commit();
  env.flush();  // the epoch must be durable also where commits are not
  if (!is_ours) flush_folder(config.folder);
}

VolumeView::VolumeView(const std::string& folder)
    : env({.folder = checked(folder), .read_only = true}) {
  ReadTxn txn(env);
  if (!check_format(txn, schema, folder)) {
    refuse(Code::invalid, "the folder holds no volume of Endure", folder);
  }
  schema.for_each([&](auto& table) {
    if (table.open(txn, false)) return;
    if (meta_number(txn, schema, meta_format) < format_version) {
      refuse(Code::invalid, "the volume has an older format: start a node on it once", folder);
    }
    refuse(Code::corrupt, std::string("the table ") + table.name() + " is missing", folder);
  });
  txn.keep_tables();
}

}  // namespace endure::persistence::lmdb
