// What the first byte of an input of the target `record` says, which the seeds are written by, too.
#pragma once

namespace endure::testing {

//   byte 0    kind; with `as_it_is` the rest are the record's own bytes, its envelope included
//   byte 1    schema version; for keys: which kind of key
//   byte 2..  payload, which the target seals: a mutation must get behind the checksum
enum class RecordKind : unsigned {
  snapshot,
  history,
  event,
  step,
  value,
  number,
  queue,
  parked,
  outbox,
  kept,
  sink_event,
  definition,
  listener,
  schedule,
  trigger,
  key,
  count
};
constexpr unsigned as_it_is = 0x80;

}  // namespace endure::testing
