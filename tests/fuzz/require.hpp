// What a target does where a promise does not hold: says which, and dies, which is a finding.
#pragma once

#include <cstdlib>
#include <iostream>
#include <string_view>

#include "base/hex.hpp"

namespace endure::testing {

// Bytes that are no text, shown to a person.
struct InHex {
  std::string_view bytes;

  friend std::ostream& operator<<(std::ostream& out, const InHex& hex) {
    return out << endure::hex(hex.bytes);
  }
};

template <class About = std::string_view>
void require(bool holds, std::string_view what, const About& about = {}) {
  if (holds) return;
  std::cerr << what << ": " << about << '\n';
  std::abort();
}

}  // namespace endure::testing
