// The version of this build.
#pragma once

#include <string_view>

namespace endure {

std::string_view version();  // "0.1.0"

}  // namespace endure
