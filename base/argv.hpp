// Texts as the exec and spawn functions take them.
#pragma once

#include <string>
#include <vector>

namespace endure {

// Pointers into `texts`, with a null at the end; valid as long as those. exec does not write
// through them.
inline std::vector<char*> pointers_of(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (const auto& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

}  // namespace endure
