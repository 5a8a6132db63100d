#include "persistence/lmdb/env.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>
#include <system_error>

#include "base/mutant.hpp"
#include "persistence/lmdb/failure.hpp"

namespace endure::persistence::lmdb {

namespace {

constexpr unsigned max_tables = 32;
constexpr mdb_mode_t file_mode = 0600;
constexpr std::chrono::milliseconds usage_age{50};

// A data file that was cut short would end the process by SIGBUS at the first page that is missing.
// Filled up with zeroes, such a page is reported as corrupt. (A sound file may be shorter than its
// last page too: pages that were taken and given back within one transaction are never written.)
void fill_up(MDB_env* env) {
  MDB_envinfo info;
  MDB_stat stat;
  check(mdb_env_info(env, &info), "info");
  check(mdb_env_stat(env, &stat), "stat");
  mdb_filehandle_t file = -1;
  check(mdb_env_get_fd(env, &file), "data file");
  struct ::stat status {};
  if (::fstat(file, &status) != 0) check(errno, "data file");
  const auto needed = static_cast<off_t>((info.me_last_pgno + 1) * stat.ms_psize);
  if (status.st_size < needed && ::ftruncate(file, needed) != 0) check(errno, "data file");
}

struct ReaderViews {
  std::uint64_t count = 0;
  std::uint64_t oldest = 0;
};

// One line a slot: process, thread, and the number of the commit that it sees, or "-".
int note_reader(const char* line, void* out) {
  const std::string_view text(line);
  const auto begin = text.find_last_of(' ') + 1;
  const auto end = text.find_last_of("0123456789") + 1;
  std::uint64_t seen = 0;
  if (end <= begin) return 0;
  if (std::from_chars(line + begin, line + end, seen).ec != std::errc{}) return 0;
  auto& views = *static_cast<ReaderViews*>(out);
  views.oldest = views.count == 0 ? seen : std::min(views.oldest, seen);
  ++views.count;
  return 0;
}

}  // namespace

Env::Env(const EnvOptions& options) : reserve_bytes_(options.reserve_bytes) {
  check(mdb_env_create(&env_), "environment");
  try {
    check(mdb_env_set_maxdbs(env_, max_tables), "environment");
    check(mdb_env_set_maxreaders(env_, options.max_readers), "environment");
    if (options.map_bytes > 0) {
      const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
      const auto bytes = options.map_bytes + options.reserve_bytes;
      check(mdb_env_set_mapsize(env_, (bytes + page - 1) / page * page), "map size");
    }
    unsigned flags = MDB_NOTLS;
    if (!options.sync || ENDURE_MUTANT("no_sync")) flags |= MDB_NOSYNC;
    if (options.read_only) flags |= MDB_RDONLY;
    check(mdb_env_open(env_, options.folder.c_str(), flags, file_mode), options.folder.c_str());
    if (!options.read_only) fill_up(env_);
    int dead = 0;
    check(mdb_reader_check(env_, &dead), "reader table");
  } catch (...) {
    mdb_env_close(env_);
    throw;
  }
}

Env::~Env() {
  for (auto* reader : idle_readers_) mdb_txn_abort(reader);
  mdb_env_close(env_);
}

void Env::flush() const {
  check(mdb_env_sync(env_, 1), "flush");
}

Usage Env::usage() const {
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(usage_mutex_);
  if (usage_.map_bytes == 0 || now - measured_ > usage_age) {
    usage_ = measure();
    measured_ = now;
  }
  return usage_;
}

Usage Env::measure() const {
  MDB_envinfo info;
  MDB_stat stat;
  check(mdb_env_info(env_, &info), "info");
  check(mdb_env_stat(env_, &stat), "stat");
  ReaderViews views;
  check(mdb_reader_list(env_, note_reader, &views) < 0 ? EIO : 0, "reader table");
  const ReadTxn txn(*this);
  MDB_cursor* cursor = nullptr;
  constexpr MDB_dbi free_pages = 0;  // LMDB's own table: lists of page numbers, length first
  check(mdb_cursor_open(txn.get(), free_pages, &cursor), "free pages");
  std::uint64_t free = 0;
  MDB_val key;
  MDB_val value;
  while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
    std::size_t count = 0;
    std::memcpy(&count, value.mv_data, sizeof count);
    free += count;
  }
  mdb_cursor_close(cursor);
  const auto pages = info.me_last_pgno + 1;
  const auto behind = views.count > 0 && info.me_last_txnid > views.oldest;
  return {info.me_mapsize - reserve_bytes_, (pages > free ? pages - free : 0) * stat.ms_psize,
          views.count, behind ? info.me_last_txnid - views.oldest : 0};
}

bool Env::has_room(std::uint64_t bytes) const {
  MDB_envinfo info;
  MDB_stat stat;
  check(mdb_env_info(env_, &info), "info");
  check(mdb_env_stat(env_, &stat), "stat");
  const auto map_bytes = info.me_mapsize - reserve_bytes_;
  const auto file_bytes = (info.me_last_pgno + 1) * stat.ms_psize;
  if (file_bytes + bytes <= map_bytes) return true;  // as long as the volume has never been full
  return measure().used_bytes + bytes <= map_bytes;  // as it is now: the reserve depends on it
}

MDB_txn* Env::take_reader() const {
  MDB_txn* txn = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (!idle_readers_.empty()) {
      txn = idle_readers_.back();
      idle_readers_.pop_back();
    }
  }
  if (txn != nullptr) {
    if (mdb_txn_renew(txn) == 0) return txn;
    mdb_txn_abort(txn);
  }
  check(mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn), "read");
  return txn;
}

void Env::give_back(MDB_txn* reader) const {
  mdb_txn_reset(reader);
  const std::lock_guard lock(mutex_);
  idle_readers_.push_back(reader);
}

// -- transactions -------------------------------------------------------------

ReadTxn::ReadTxn(const Env& env) : Txn(env.take_reader()), env_(env) {}
ReadTxn::~ReadTxn() {
  if (txn_ != nullptr) env_.give_back(txn_);
}

void ReadTxn::keep_tables() {
  auto* txn = txn_;
  txn_ = nullptr;
  check(mdb_txn_commit(txn), "tables");
}

WriteTxn::WriteTxn(const Env& env) : Txn(nullptr) {
  check(mdb_txn_begin(env.get(), nullptr, 0, &txn_), "write");
}

WriteTxn::~WriteTxn() {
  if (txn_ != nullptr) mdb_txn_abort(txn_);
}

// Where the disk fills up, a write of several pages is taken in part. LMDB calls that EIO, but no
// call has failed: it gave up before its meta page, as with ENOSPC. A sync that fails does set
// errno.
void WriteTxn::commit() {
  auto* txn = txn_;
  txn_ = nullptr;  // LMDB frees it, whatever comes of the commit
  errno = 0;
  int rc = mdb_txn_commit(txn);
  if (rc == EIO && errno == 0) rc = ENOSPC;
  check(rc, "commit");
}

}  // namespace endure::persistence::lmdb
