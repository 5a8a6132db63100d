#include "persistence/envelope.hpp"

#include <libdeflate.h>

#include "base/assert.hpp"

namespace endure::persistence {

namespace {

std::uint32_t checksum(std::uint8_t version, std::string_view payload) {
  const auto seed = ::libdeflate_crc32(0, &version, 1);
  return ::libdeflate_crc32(seed, payload.data(), payload.size());
}

}  // namespace

void seal(std::string& record, std::uint8_t version) {
  ENDURE_ASSERT(record.size() >= envelope_bytes);
  const auto crc = checksum(version, std::string_view(record).substr(envelope_bytes));
  record[0] = static_cast<char>(version);
  for (std::size_t i = 0; i < 4; ++i) record[i + 1] = static_cast<char>((crc >> (8 * i)) & 0xFFU);
}

Result<std::string_view> unseal(std::string_view record, std::uint8_t newest,
                                std::uint8_t* version) {
  if (record.size() < envelope_bytes) {
    return fail(Code::corrupt, "the record is damaged: it is shorter than its envelope");
  }
  const auto own = static_cast<std::uint8_t>(record[0]);
  std::uint32_t stored = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    stored |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(record[i + 1])) << (8 * i);
  }
  const auto payload = record.substr(envelope_bytes);
  if (checksum(own, payload) != stored) {
    return fail(Code::corrupt, "the record is damaged: its checksum does not fit its bytes");
  }
  if (own == 0 || own > newest) {
    return fail(Code::invalid, "the record has schema version " + std::to_string(own) +
                                   ", this program reads up to " + std::to_string(newest) +
                                   ": use the newer program that wrote it");
  }
  if (version != nullptr) *version = own;
  return payload;
}

}  // namespace endure::persistence
