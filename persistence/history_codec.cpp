// History records: the audit trail, one a transition.
#include "persistence/codec.hpp"
#include "persistence/field_record.hpp"

namespace endure::persistence {

namespace {

using workflow::HistoryEntry;

constexpr std::uint8_t history_version = 2;

void write_entry(Fields& f, const HistoryEntry& entry) {
  f.natural(1, static_cast<std::uint64_t>(entry.kind));
  f.text(2, entry.task);
  f.text(3, entry.detail);
  f.value(4, entry.data);
}

void read_entry(Reader& r, HistoryEntry& entry) {
  r.fields([&](std::uint64_t field) {
    switch (field) {
      case 1: entry.kind = r.enumerator(HistoryEntry::Kind::migrated); break;
      case 2: entry.task = r.text(); break;
      case 3: entry.detail = r.text(); break;
      case 4: entry.data = r.value(); break;
      default: r.unknown_field();
    }
  });
}

void read_record(Reader& r, std::uint64_t field, HistoryRecord& record) {
  switch (field) {
    case 1: record.transition = r.natural(); break;
    case 2: record.at = r.instant(); break;
    case 3: record.phase = r.enumerator(workflow::Phase::completed); break;
    case 4: record.status = r.text(); break;
    case 5: record.event = r.text(); break;
    case 6: record.worker = r.text(); break;
    case 7: record.attempt = r.natural_as<std::uint32_t>(); break;
    case 8: r.list(record.entries, [&](HistoryEntry& entry) { read_entry(r, entry); }); break;
    default: r.unknown_field();
  }
}

}  // namespace

std::string encode_history(const HistoryRecord& record) {
  return encode_history_with(record, record.entries);
}

std::string encode_history_with(const HistoryRecord& record,
                                const std::vector<HistoryEntry>& entries) {
  const auto write = [&](Fields& f) {
    f.natural(1, record.transition);
    f.instant(2, record.at);
    f.natural(3, static_cast<std::uint64_t>(record.phase));
    f.text(4, record.status);
    f.text(5, record.event);
    f.text(6, record.worker);
    f.natural(7, record.attempt);
    f.list(8, entries, write_entry);
  };
  return encode_fields(history_version, write, 512);
}

Result<HistoryRecord> decode_history(std::string_view bytes) {
  return decode_fields(bytes, history_version, HistoryRecord(), read_record);
}

}  // namespace endure::persistence
