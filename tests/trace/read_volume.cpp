// Prints what a volume tells of its workflows, without a node: a line of JSON for each, with its
// summary and its history, as facts.py reads them. Only for copies: it opens the volume as a node
// would.
//
//   endure_read_volume FOLDER      exit code 1: the volume cannot be read
#include <iostream>
#include <optional>

#include "persistence/codec.hpp"
#include "persistence/lmdb/lmdb_store.hpp"
#include "runtime/http/shapes.hpp"

namespace {

using endure::Failure;
using endure::Result;
using endure::persistence::Store;
using endure::persistence::WorkflowSummary;
using endure::workflow::Json;

constexpr std::size_t rows_at_once = 1'000;

Result<Json> records_of(Store& store, const WorkflowSummary& summary) {
  Json records = Json::array();
  std::uint64_t after = 0;
  for (;;) {
    const auto page = store.history(summary.number, after, rows_at_once);
    if (!page) return Failure(page.error());
    for (const auto& row : page->rows) {
      const auto record = endure::persistence::decode_history(row.bytes);
      if (!record) return Failure(record.error());
      records.push_back(endure::http::shape(*record));
    }
    if (!page->next) return records;
    after = *page->next;
  }
}

Result<void> print(Store& store) {
  std::optional<endure::WorkflowNumber> after;
  for (;;) {
    const auto page = store.list_workflows({}, after, rows_at_once);
    if (!page) return Failure(page.error());
    for (const auto& summary : page->rows) {
      auto records = records_of(store, summary);
      if (!records) return Failure(records.error());
      const Json line = {{"summary", endure::http::shape(summary)},
                         {"records", *std::move(records)}};
      std::cout << line.dump() << '\n';
    }
    if (!page->next) return {};
    after = page->next;
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "usage: endure_read_volume FOLDER\n";
    return 2;
  }
  endure::persistence::LmdbConfig config;
  config.folder = arguments[1];
  config.durability = endure::persistence::Durability::relaxed;
  const auto store = endure::persistence::open_lmdb_store(config);
  const auto done = store ? print(**store) : Result<void>(Failure(store.error()));
  if (done) return 0;
  std::cerr << done.error().where << ": " << done.error().what << '\n';
  return 1;
}
