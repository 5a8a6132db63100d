#include "workflow/interpreter/uri_template.hpp"

#include "base/percent.hpp"
#include "workflow/interpreter/text.hpp"

namespace endure::workflow::interpreter {
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
    out += percent_encoded(to_text(value));
  }
  if (from < uri.size()) out.append(uri, from);
  return out;
}

}  // namespace endure::workflow::interpreter
