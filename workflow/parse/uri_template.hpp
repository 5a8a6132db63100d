// URI templates as the language limits them: `{name}`, filled from top-level members.
#pragma once

#include "workflow/parse/context.hpp"

namespace endure::workflow::parse {

// Notes what is wrong with a literal HTTP endpoint: another scheme, unbalanced braces, operators.
void check_http_endpoint(Context& context, const Node& node, const std::string& text);

}  // namespace endure::workflow::parse
