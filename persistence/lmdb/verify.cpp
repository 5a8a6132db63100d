#include "persistence/verify.hpp"

#include "persistence/codec.hpp"
#include "persistence/lmdb/store_impl.hpp"
#include "persistence/lmdb/verifier.hpp"

namespace endure::persistence {

namespace lmdb {

std::vector<Finding> Verifier::run() {
  check_meta();
  check_snapshots();
  check_names();
  check_history();
  check_mailbox();
  check_indexes();
  check_ready();
  check_delayed();
  check_dead();
  check_parked();
  check_queues();
  check_timers();
  check_listeners();
  check_outbox();
  check_kept();
  check_sinks();
  check_definitions();
  check_schedules();
  check_triggers();
  if (schema_.clustered) check_cluster();
  return std::move(findings_);
}

const workflow::Snapshot* Verifier::owner(WorkflowNumber number) {
  if (owner_number_ != number) {
    owner_number_ = number;
    owner_.reset();
    if (const auto bytes = schema_.snapshots.get(txn_, number)) {
      if (auto snapshot = decode_snapshot(*bytes)) owner_ = *std::move(snapshot);
    }
  }
  return owner_ ? &*owner_ : nullptr;
}

}  // namespace lmdb

Result<std::vector<Finding>> verify_store(Store& store, std::size_t max_findings) {
  const auto* on_lmdb = dynamic_cast<const lmdb::LmdbStore*>(&store);
  if (on_lmdb == nullptr) return fail(Code::invalid, "only a volume on LMDB can be verified");
  return lmdb::guarded([&] {
    const lmdb::ReadTxn txn(on_lmdb->volume().env);
    return lmdb::Verifier(on_lmdb->volume().schema, txn, max_findings).run();
  });
}

Result<std::vector<Finding>> verify_volume(const std::string& folder, std::size_t max_findings) {
  return lmdb::guarded([&] {
    const lmdb::VolumeView view(folder);
    const lmdb::ReadTxn txn(view.env);
    return lmdb::Verifier(view.schema, txn, max_findings).run();
  });
}

}  // namespace endure::persistence
