#include "workflow/interpreter/uri_template.hpp"

#include "workflow/interpreter/text.hpp"

namespace endure::workflow::interpreter {
namespace {

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

void append_encoded(std::string& out, const std::string& text) {
  constexpr char digits[] = "0123456789ABCDEF";
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += digits[byte >> 4U];
      out += digits[byte & 15U];
    }
  }
}

}  // namespace

Result<std::string> expand_uri(const std::string& uri, const Json& variables) {
  std::string out;
  std::size_t from = 0;
  while (from < uri.size()) {
    const auto open = uri.find('{', from);
    const auto close = open == std::string::npos ? open : uri.find('}', open);
    if (close == std::string::npos) break;
    out.append(uri, from, open - from);
    const auto name = uri.substr(open + 1, close - open - 1);
    from = close + 1;
    if (!variables.is_object() || !variables.contains(name)) continue;
    const auto& value = variables.at(name);
    if (value.is_structured()) {
      return fail(Code::invalid, "`{" + name +
                                     "}` in the URI must be a string, number, boolean or "
                                     "null, but is an " +
                                     value.type_name() + ".");
    }
    if (value.is_null()) continue;
    append_encoded(out, to_text(value));
  }
  if (from < uri.size()) out.append(uri, from);
  return out;
}

}  // namespace endure::workflow::interpreter
