#include "persistence/lmdb/volume.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "base/hex.hpp"
#include "persistence/cluster_codec.hpp"
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
  if (format == 0 || format > cluster_format_version) {
    refuse(Code::invalid,
           "the volume has format " + std::to_string(format) + ", this program knows up to " +
               std::to_string(cluster_format_version) + ": use the newer program that made it",
           folder);
  }
  schema.clustered = format == cluster_format_version;
  return true;
}

std::string random_identity() {
  std::array<char, 16> bytes{};
  const int rc = ::getentropy(bytes.data(), bytes.size()) == 0 ? 0 : errno;
  check(rc, "random bytes");
  return hex({bytes.data(), bytes.size()});
}

// A volume is of a cluster from its making on, or never.
void check_cluster(const std::optional<ClusterRow>& stored,
                   const std::optional<ClusterIdentity>& wanted, const std::string& folder) {
  if (!stored && wanted) {
    refuse(Code::invalid,
           "the volume was made without a cluster and cannot become the node " + wanted->node +
               " of the cluster '" + wanted->cluster + "': give that node a folder of its own",
           folder);
  }
  if (!stored) return;
  const auto& own = stored->identity;
  const std::string what = "the volume is that of the node " + own.node + " of the cluster '" +
                           own.cluster + "' of " + std::to_string(own.shards) + " shards";
  if (!wanted) refuse(Code::invalid, what + ": set cluster.name", folder);
  auto same = *wanted;
  // Once a node has met another the list is more than its own affair: see docs/decisions/025.
  if (stored->born || stored->known.empty()) same.nodes = own.nodes;
  if (own == same) return;
  std::string nodes;
  for (const auto& node : own.nodes) nodes += (nodes.empty() ? "" : ", ") + node;
  refuse(Code::invalid,
         what + " that begins with the nodes " + nodes +
             "; the configuration says otherwise: see cluster.name, cluster.nodes, cluster.shards "
             "and node.name",
         folder);
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
  open_cluster(txn, config, is_ours);
  // A volume of an older format lacks tables, which have just been made.
  schema.meta.put(txn, meta_format,
                  encode_number(cluster ? cluster_format_version : format_version));
  epoch = meta_number(txn, schema, meta_epoch) + 1;
  sequence = meta_number(txn, schema, meta_sequence);
  schema.meta.put(txn, meta_epoch, encode_number(epoch));
  txn.commit();
  env.flush();  // the epoch must be durable also where commits are not
  if (!is_ours) flush_folder(config.folder);
}

void Volume::open_cluster(WriteTxn& txn, const LmdbConfig& config, bool is_ours) {
  if (!is_ours) schema.clustered = config.cluster.has_value();
  if (schema.clustered) {
    schema.for_each_of_cluster([&](auto& table) { table.open(txn, true); });
    if (const auto bytes = schema.cluster.get(txn, cluster_self)) {
      cluster = taken(decode_cluster(*bytes), schema.cluster, cluster_self);
    }
  }
  if (is_ours && schema.clustered && !cluster) {
    refuse(Code::corrupt, "the volume does not say to which cluster it belongs", config.folder);
  }
  if (is_ours) check_cluster(cluster, config.cluster, config.folder);
  if (!config.cluster || (cluster && cluster->born)) return;
  if (!cluster) cluster = ClusterRow{{}, random_identity(), false, {}, {}};
  cluster->identity = *config.cluster;
  cluster->members = born_with(config.cluster->nodes);
  schema.cluster.put(txn, cluster_self, encode_cluster(*cluster));
}

VolumeView::VolumeView(const std::string& folder)
    : env({.folder = checked(folder), .read_only = true}) {
  ReadTxn txn(env);
  if (!check_format(txn, schema, folder)) {
    refuse(Code::invalid, "the folder holds no volume of Endure", folder);
  }
  const auto open = [&](auto& table) {
    if (table.open(txn, false)) return;
    if (meta_number(txn, schema, meta_format) < format_version) {
      refuse(Code::invalid, "the volume has an older format: start a node on it once", folder);
    }
    refuse(Code::corrupt, std::string("the table ") + table.name() + " is missing", folder);
  };
  schema.for_each(open);
  if (schema.clustered) schema.for_each_of_cluster(open);
  txn.keep_tables();
}

}  // namespace endure::persistence::lmdb
