// Is this text UTF-8, as JSON demands it?
#pragma once

#include <string_view>

namespace endure::workflow {

// False for overlong forms, surrogates, and code points beyond U+10FFFF.
bool is_utf8(std::string_view text);

}  // namespace endure::workflow
