// The envelope of every stored record.
//
//   byte 0      schema version of the record kind
//   byte 1..4   CRC-32 (zlib's polynomial) of byte 0 and of the payload, little endian
//   byte 5..    payload (msgpack)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace endure::persistence {

constexpr std::size_t envelope_bytes = 5;

// Appends nothing twice: `payload` is built by the caller after envelope_bytes of reserved space,
// then sealed in place.
void seal(std::string& record, std::uint8_t version);

// The payload of a record. Code::corrupt where it is too short or its CRC differs; Code::invalid
// where its version is newer than `newest`. `version` receives the record's own.
Result<std::string_view> unseal(std::string_view record, std::uint8_t newest,
                                std::uint8_t* version = nullptr);

}  // namespace endure::persistence
