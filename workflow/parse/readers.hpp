// The two readers behind read_document. Each throws Refused.
#pragma once

#include <string>

#include "workflow/parse/document.hpp"

namespace endure::workflow::parse {

Document read_yaml(const std::string& text, const ParseLimits& limits);
Document read_json(const std::string& text, const ParseLimits& limits);

}  // namespace endure::workflow::parse
