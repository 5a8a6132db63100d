// The two readers behind read_document. Each throws Refused.
#pragma once

#include <string>

#include "workflow/parse/document.hpp"

namespace endure::workflow::parse {

Document read_yaml(const std::string& text, const ParseLimits& limits);
Document read_json(const std::string& text, const ParseLimits& limits);

// The offset of the first byte that is not UTF-8, or npos.
std::size_t first_invalid_utf8(const std::string& text);

}  // namespace endure::workflow::parse
