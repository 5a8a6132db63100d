#include "workflow/parse/uri_template.hpp"

#include <algorithm>
#include <string>

#include "workflow/parse/names.hpp"

namespace endure::workflow::parse {

namespace {

// What RFC 6570 calls operators and modifiers.
constexpr const char* operators = "+#./;?&=,!@|*:";

void check_expansions(Context& context, const Node& node, const std::string& text) {
  std::size_t at = 0;
  while ((at = text.find_first_of("{}", at)) != std::string::npos) {
    const std::size_t close = text.find_first_of("{}", at + 1);
    if (text[at] == '}' || close == std::string::npos || text[close] == '{') {
      context.problems.add(node.pointer, "the braces of " + shown(text) +
                                             " do not match; write `{name}`, or `%7B` and `%7D` "
                                             "for plain braces");
      return;
    }
    const std::string name = text.substr(at + 1, close - at - 1);
    if (name.empty()) {
      context.problems.add(node.pointer, "`{}` names nothing; expected `{name}`");
    } else if (std::string(operators).find(name.front()) != std::string::npos ||
               name.back() == '*') {
      context.problems.add(node.pointer, "`{" + name +
                                             "}` is no simple expansion; expected `{name}`, or an "
                                             "expression for the whole endpoint");
    }
    at = close + 1;
  }
}

}  // namespace

void check_http_endpoint(Context& context, const Node& node, const std::string& text) {
  std::string start = text.substr(0, 8);
  std::transform(start.begin(), start.end(), start.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const bool web = (start.starts_with("http://") && text.size() > 7) ||
                   (start.starts_with("https://") && text.size() > 8) || start.starts_with("{");
  if (!web) {
    context.problems.add(node.pointer, shown(text) +
                                           " is no endpoint; expected http://… or https://…, or "
                                           "an expression `${ … }`");
  }
  const auto blank = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7F'; };
  if (std::any_of(text.begin(), text.end(), blank)) {
    context.problems.add(node.pointer, "a URI has no spaces or control characters; write `%20`");
  }
  check_expansions(context, node, text);
}

}  // namespace endure::workflow::parse
