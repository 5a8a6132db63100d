// A record that is one struct of numbered fields, sealed with its version and checksum.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "persistence/envelope.hpp"
#include "persistence/msgpack.hpp"

namespace endure::persistence {

// `write(fields)` writes the fields. `expected_bytes`: room made at once for a typical record.
template <class Write>
std::string encode_fields(std::uint8_t version, Write write, std::size_t expected_bytes = 0) {
  std::string record;
  record.reserve(expected_bytes);
  record.resize(envelope_bytes);
  Writer writer(record);
  {
    Fields fields(writer);
    write(fields);
  }
  seal(record, version);
  return record;
}

// `read(reader, field, into)` reads one field. Versions up to `version` are taken; Code::corrupt
// for damage and for later ones.
template <class T, class Read>
Result<T> decode_fields(std::string_view bytes, std::uint8_t version, T into, Read read) {
  const auto payload = unseal(bytes, version);
  if (!payload) return Failure(payload.error());
  Reader reader(*payload);
  reader.fields([&](std::uint64_t field) { read(reader, field, into); });
  return reader.finish(std::move(into));
}

}  // namespace endure::persistence
