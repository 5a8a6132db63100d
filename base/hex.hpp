// Bytes as text.
#pragma once

#include <string>
#include <string_view>

namespace endure {

// Lower case, two digits a byte.
std::string hex(std::string_view bytes);

}  // namespace endure
