#include <cstdint>

#include "workflow/parse/readers.hpp"

namespace endure::workflow::parse {

namespace {

struct Lead {
  std::size_t more;       // continuation bytes that follow
  std::uint32_t bits;     // of the first byte
  std::uint32_t minimum;  // below it, the form is longer than needed
};

bool read_lead(unsigned char byte, Lead& lead) {
  if (byte < 0x80) {
    lead = {0, byte, 0};
  } else if (byte >= 0xC2 && byte < 0xE0) {
    lead = {1, byte & 0x1FU, 0x80};
  } else if (byte >= 0xE0 && byte < 0xF0) {
    lead = {2, byte & 0x0FU, 0x800};
  } else if (byte >= 0xF0 && byte < 0xF5) {
    lead = {3, byte & 0x07U, 0x10000};
  } else {
    return false;
  }
  return true;
}

}  // namespace

std::size_t first_invalid_utf8(const std::string& text) {
  std::size_t at = 0;
  while (at < text.size()) {
    Lead lead{};
    if (!read_lead(static_cast<unsigned char>(text[at]), lead)) return at;
    std::uint32_t point = lead.bits;
    for (std::size_t i = 1; i <= lead.more; ++i) {
      if (at + i >= text.size()) return at;
      const auto byte = static_cast<unsigned char>(text[at + i]);
      if ((byte & 0xC0U) != 0x80U) return at;
      point = (point << 6U) | (byte & 0x3FU);
    }
    const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    if (point < lead.minimum || surrogate || point > 0x10FFFF) return at;
    at += lead.more + 1;
  }
  return std::string::npos;
}

}  // namespace endure::workflow::parse
