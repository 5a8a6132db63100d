// SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104). Pure; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace endure {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::string_view bytes);
Sha256 hmac_sha256(std::string_view key, std::string_view bytes);

// Lower case, two digits a byte; the first `bytes` of it.
std::string hex(const Sha256& digest, std::size_t bytes = 32);

}  // namespace endure
