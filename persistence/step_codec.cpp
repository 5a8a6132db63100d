// Step records: everything of a step but its key.
#include "persistence/codec.hpp"
#include "persistence/fault_codec.hpp"
#include "persistence/field_record.hpp"

namespace endure::persistence {

namespace {

constexpr std::uint8_t step_version = 1;

const StepRecord usual;

void write_step(Fields& f, const StepRecord& step) {
  f.text(1, step.name.ns);
  f.text(2, step.name.id);
  f.text(3, step.task);
  f.natural(4, step.attempts);
  f.natural(5, step.max_attempts, usual.max_attempts);
  f.integer(6, step.lease_ms, usual.lease_ms);
  f.integer(7, step.backoff_ms, usual.backoff_ms);
  f.integer(8, step.max_backoff_ms, usual.max_backoff_ms);
  f.instant(9, step.due);
  f.instant(10, step.buried);
  if (!(step.last_fault == usual.last_fault)) {
    f.nested(11, [&](Fields& inner) { write_fault(inner, step.last_fault); });
  }
  f.instant(12, step.leased_until);
  f.text(13, step.leased_by);
  f.bytes(14, step.arguments);
}

void read_step(Reader& r, std::uint64_t field, StepRecord& step) {
  switch (field) {
    case 1: step.name.ns = r.text(); break;
    case 2: step.name.id = r.text(); break;
    case 3: step.task = r.text(); break;
    case 4: step.attempts = r.natural_as<std::uint32_t>(); break;
    case 5: step.max_attempts = r.natural_as<std::uint32_t>(); break;
    case 6: step.lease_ms = r.integer(); break;
    case 7: step.backoff_ms = r.integer(); break;
    case 8: step.max_backoff_ms = r.integer(); break;
    case 9: step.due = r.instant(); break;
    case 10: step.buried = r.instant(); break;
    case 11: step.last_fault = read_fault(r); break;
    case 12: step.leased_until = r.instant(); break;
    case 13: step.leased_by = r.text(); break;
    case 14: step.arguments = r.bytes(); break;
    default: r.unknown_field();
  }
}

}  // namespace

std::string encode_step(const StepRecord& step) {
  return encode_fields(
      step_version, [&](Fields& fields) { write_step(fields, step); }, 128 + step.arguments.size());
}

Result<StepRecord> decode_step(const StepKey& key, std::string_view bytes) {
  StepRecord step;
  step.key = key;
  return decode_fields(bytes, step_version, std::move(step), read_step);
}

}  // namespace endure::persistence
