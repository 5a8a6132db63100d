// A volume as text, byte by byte, so that one of every format can lie in the repository:
//
//   endure_volume_text dump FOLDER > FILE      of a stopped node
//   endure_volume_text load FILE FOLDER        into a folder without one
//
// A line names a table; the lines below it are its rows, key and value in hexadecimal, an empty
// value as "-". It knows LMDB, and nothing of Endure: what it loads is what was written, whatever
// the formats of this build.
#include <lmdb.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/hex.hpp"

namespace {

constexpr unsigned max_tables = 64;
constexpr std::size_t map_bytes = 1U << 28U;

void check(int rc) {
  if (rc != 0) throw std::runtime_error(mdb_strerror(rc));
}

class Volume {
 public:
  Volume(const std::string& folder, unsigned flags) {
    check(mdb_env_create(&env_));
    check(mdb_env_set_maxdbs(env_, max_tables));
    check(mdb_env_set_mapsize(env_, map_bytes));
    check(mdb_env_open(env_, folder.c_str(), flags, 0600));
    check(mdb_txn_begin(env_, nullptr, flags & MDB_RDONLY, &txn_));
  }
  ~Volume() {
    if (txn_ != nullptr) mdb_txn_abort(txn_);
    mdb_env_close(env_);
  }
  Volume(const Volume&) = delete;
  Volume& operator=(const Volume&) = delete;

  MDB_dbi table(const char* name, unsigned flags) {
    MDB_dbi dbi = 0;
    check(mdb_dbi_open(txn_, name, flags, &dbi));
    return dbi;
  }
  void put(MDB_dbi table, std::string key, std::string value) {
    MDB_val k{key.size(), key.data()};
    MDB_val v{value.size(), value.data()};
    check(mdb_put(txn_, table, &k, &v, 0));
  }
  // `visit(key, value)` for each row.
  template <class Visit>
  void each(MDB_dbi table, Visit visit) {
    MDB_cursor* cursor = nullptr;
    check(mdb_cursor_open(txn_, table, &cursor));
    MDB_val key;
    MDB_val value;
    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
      visit(std::string_view(static_cast<char*>(key.mv_data), key.mv_size),
            std::string_view(static_cast<char*>(value.mv_data), value.mv_size));
    }
    mdb_cursor_close(cursor);
  }
  void commit() {
    auto* txn = txn_;
    txn_ = nullptr;
    check(mdb_txn_commit(txn));
  }

 private:
  MDB_env* env_ = nullptr;
  MDB_txn* txn_ = nullptr;
};

std::string hex_of(std::string_view bytes) {
  if (bytes.empty()) return "-";
  return endure::hex(bytes);
}

std::string bytes_of(const std::string& hex) {
  std::string bytes;
  if (hex == "-") return bytes;
  if (hex.size() % 2 != 0) throw std::runtime_error("half a byte: " + hex);
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

void dump(const std::string& folder) {
  Volume volume(folder, MDB_RDONLY);
  std::vector<std::string> names;
  volume.each(volume.table(nullptr, 0),
              [&](std::string_view name, std::string_view) { names.emplace_back(name); });
  for (const auto& name : names) {
    std::cout << name << '\n';
    volume.each(volume.table(name.c_str(), 0), [](std::string_view key, std::string_view value) {
      std::cout << "  " << hex_of(key) << ' ' << hex_of(value) << '\n';
    });
  }
}

void load(const std::string& file, const std::string& folder) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot read " + file);
  std::filesystem::create_directories(folder);
  if (std::filesystem::exists(folder + "/data.mdb")) throw std::runtime_error("there is a volume");
  Volume volume(folder, 0);
  MDB_dbi table = 0;
  std::string line;
  while (std::getline(in, line)) {
    if (line.empty() || line.front() == '#') continue;
    if (line.front() != ' ') {
      table = volume.table(line.c_str(), MDB_CREATE);
      continue;
    }
    const auto gap = line.find(' ', 2);
    volume.put(table, bytes_of(line.substr(2, gap - 2)), bytes_of(line.substr(gap + 1)));
  }
  volume.commit();
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  try {
    if (arguments.size() == 2 && arguments[0] == "dump") {
      dump(arguments[1]);
    } else if (arguments.size() == 3 && arguments[0] == "load") {
      load(arguments[1], arguments[2]);
    } else {
      std::cerr << "usage: endure_volume_text dump FOLDER | load FILE FOLDER\n";
      return 2;
    }
  } catch (const std::exception& error) {
    std::cerr << "endure_volume_text: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
