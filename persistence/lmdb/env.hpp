// An LMDB environment and its transactions, closed and given up by their destructors.
// Never open one folder twice in a process, and never use one across fork().
#pragma once

#include <lmdb.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace endure::persistence::lmdb {

class Env;

// What a table can be read with.
class Txn {
 public:
  MDB_txn* get() const { return txn_; }

 protected:
  explicit Txn(MDB_txn* txn) : txn_(txn) {}
  ~Txn() = default;
  MDB_txn* txn_;
};

// A consistent view of the last commit. Keep it short: pages it can see are not used again.
// Its reader slot goes back to the environment for the next one. Any thread.
class ReadTxn : public Txn {
 public:
  explicit ReadTxn(const Env& env);
  ~ReadTxn();
  ReadTxn(const ReadTxn&) = delete;
  ReadTxn& operator=(const ReadTxn&) = delete;

  // Ends it and keeps the tables that were opened in it; they would be closed again otherwise.
  void keep_tables();

 private:
  const Env& env_;
};

// The one writer. Given up where it is not committed.
class WriteTxn : public Txn {
 public:
  explicit WriteTxn(const Env& env);
  ~WriteTxn();
  WriteTxn(const WriteTxn&) = delete;
  WriteTxn& operator=(const WriteTxn&) = delete;

  void commit();  // durable when it returns
};

struct EnvOptions {
  std::string folder;
  std::uint64_t map_bytes = 0;
  std::uint64_t reserve_bytes = 0;  // on top of map_bytes
  std::uint32_t max_readers = 126;
  bool sync = true;
  bool read_only = false;
};

struct Usage {
  std::uint64_t map_bytes = 0;
  std::uint64_t used_bytes = 0;  // without the pages that wait to be used again
  // Reads under way, of all processes, and the commits since the view of the oldest. Pages that a
  // view can see are not used again, so one that is held for long makes the file grow.
  std::uint64_t readers = 0;
  std::uint64_t reader_behind = 0;
};

class Env {
 public:
  explicit Env(const EnvOptions& options);  // throws Failed
  ~Env();
  Env(const Env&) = delete;
  Env& operator=(const Env&) = delete;

  MDB_env* get() const { return env_; }
  // At most 50 ms old: it walks over the list of free pages, and every start of a workflow asks.
  Usage usage() const;
  // Whether a commit that takes `bytes` leaves the reserve alone.
  bool has_room(std::uint64_t bytes) const;
  void flush() const;  // to the disk, also where commits are not

 private:
  friend class ReadTxn;
  Usage measure() const;
  MDB_txn* take_reader() const;
  void give_back(MDB_txn* reader) const;

  MDB_env* env_ = nullptr;
  std::uint64_t reserve_bytes_ = 0;
  mutable std::mutex mutex_;
  mutable std::vector<MDB_txn*> idle_readers_;
  mutable std::mutex usage_mutex_;
  mutable Usage usage_;
  mutable std::chrono::steady_clock::time_point measured_{};
};

}  // namespace endure::persistence::lmdb
