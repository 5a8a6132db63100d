#include "benchmarks/raw_lmdb.hpp"

#include <lmdb.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <string>

namespace endure::benchmarks {

namespace {

using Seconds = std::chrono::duration<double>;
using SteadyClock = std::chrono::steady_clock;

Failure lmdb_failure(int code) {
  return fail(Code::io, std::string("raw LMDB: ") + mdb_strerror(code));
}

MDB_val value_of(std::string& bytes) {
  return {bytes.size(), bytes.data()};
}

// A raw environment with the three tables that a transition writes.
struct RawVolume {
  MDB_env* env = nullptr;
  MDB_dbi snapshots = 0;
  MDB_dbi history = 0;
  MDB_dbi steps = 0;

  ~RawVolume() {
    if (env != nullptr) mdb_env_close(env);
  }

  int open(const std::string& folder) {
    MDB_txn* txn = nullptr;
    int code = mdb_env_create(&env);
    if (code == 0) code = mdb_env_set_mapsize(env, 1ULL << 36U);
    if (code == 0) code = mdb_env_set_maxdbs(env, 4);
    if (code == 0) code = mdb_env_open(env, folder.c_str(), MDB_NOTLS, 0644);
    if (code == 0) code = mdb_txn_begin(env, nullptr, 0, &txn);
    if (code == 0) code = mdb_dbi_open(txn, "snapshots", MDB_CREATE, &snapshots);
    if (code == 0) code = mdb_dbi_open(txn, "history", MDB_CREATE, &history);
    if (code == 0) code = mdb_dbi_open(txn, "steps", MDB_CREATE, &steps);
    return code == 0 ? mdb_txn_commit(txn) : code;
  }
};

std::array<unsigned char, 12> key_of(std::uint64_t workflow, std::uint32_t transition) {
  std::array<unsigned char, 12> key{};
  for (int i = 0; i < 8; ++i)
    key[7 - static_cast<std::size_t>(i)] = static_cast<unsigned char>(workflow >> (8 * i));
  for (int i = 0; i < 4; ++i)
    key[11 - static_cast<std::size_t>(i)] = static_cast<unsigned char>(transition >> (8 * i));
  return key;
}

struct RawWriter {
  RawVolume& volume;
  std::string snapshot;
  std::string history;
  std::string step;
  std::uint32_t per_workflow;

  int write(MDB_txn* txn, std::uint64_t workflow, std::uint32_t transition) {
    auto key = key_of(workflow, transition);
    MDB_val number{8, key.data()};
    MDB_val record{key.size(), key.data()};
    MDB_val data = value_of(snapshot);
    int code = mdb_put(txn, volume.snapshots, &number, &data, 0);
    data = value_of(history);
    if (code == 0) code = mdb_put(txn, volume.history, &record, &data, 0);
    if (code == 0 && transition > 0) {
      auto before = key_of(workflow, transition - 1);
      MDB_val gone{before.size(), before.data()};
      code = mdb_del(txn, volume.steps, &gone, nullptr);
    }
    if (code == 0 && transition + 1 < per_workflow) {
      data = value_of(step);
      code = mdb_put(txn, volume.steps, &record, &data, 0);
    }
    return code;
  }
};

}  // namespace

Result<double> raw_lmdb_transitions_per_s(const std::string& folder, const TransitionShape& shape,
                                          std::uint64_t transitions, std::size_t batch) {
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  RawVolume volume;
  if (const int code = volume.open(folder); code != 0) return lmdb_failure(code);
  RawWriter writer{volume, std::string(shape.snapshot_bytes, 's'),
                   std::string(shape.history_bytes, 'h'), std::string(shape.step_bytes, 'q'),
                   shape.per_workflow};
  constexpr double enough_s = 5;
  const auto begin = SteadyClock::now();
  std::uint64_t done = 0;
  for (std::uint64_t first = 1;
       done < transitions && Seconds(SteadyClock::now() - begin).count() < enough_s;
       first += batch) {
    for (std::uint32_t t = 0; t < shape.per_workflow; ++t) {
      MDB_txn* txn = nullptr;
      int code = mdb_txn_begin(volume.env, nullptr, 0, &txn);
      for (std::uint64_t w = first; code == 0 && w < first + batch; ++w, ++done) {
        code = writer.write(txn, w, t);
      }
      if (code != 0) {
        mdb_txn_abort(txn);
        return lmdb_failure(code);
      }
      if (code = mdb_txn_commit(txn); code != 0) return lmdb_failure(code);
    }
  }
  return static_cast<double>(done) / Seconds(SteadyClock::now() - begin).count();
}

}  // namespace endure::benchmarks
