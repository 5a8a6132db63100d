#include "workflow/parse/document.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "base/utf8.hpp"
#include "workflow/parse/readers.hpp"
#include "workflow/parse/tree_builder.hpp"

namespace endure::workflow::parse {

namespace {

std::string unescape(std::string_view segment) {
  std::string text;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    if (segment[i] == '~' && i + 1 < segment.size()) {
      text += segment[++i] == '1' ? '/' : '~';
    } else {
      text += segment[i];
    }
  }
  return text;
}

const LineTree* child(const LineTree& tree, const std::string& segment) {
  if (!tree.keys.empty()) {
    // The last of equal keys is the one that counts.
    const auto found = std::find(tree.keys.rbegin(), tree.keys.rend(), segment);
    if (found == tree.keys.rend()) return nullptr;
    return &tree.children[static_cast<std::size_t>(tree.keys.rend() - found) - 1];
  }
  std::size_t index = 0;
  const char* end = segment.data() + segment.size();
  const auto [stop, error] = std::from_chars(segment.data(), end, index);
  if (error != std::errc() || stop != end || index >= tree.children.size()) return nullptr;
  return &tree.children[index];
}

bool looks_like_json(const std::string& text) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  const std::size_t start = text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
  const std::size_t first = text.find_first_not_of(" \t\r\n", start);
  return first != std::string::npos && text[first] == '{';
}

Document read_either(const std::string& text, const ParseLimits& limits) {
  if (!looks_like_json(text)) return read_yaml(text, limits);
  try {
    return read_json(text, limits);
  } catch (const Refused& as_json) {
    if (!as_json.problem.what.starts_with("this is not JSON")) throw;
    try {  // YAML has braces too
      return read_yaml(text, limits);
    } catch (const Refused& as_yaml) {
      if (!as_yaml.problem.what.starts_with("this is not YAML")) throw;
      throw Refused{{"", as_json.problem.line,
                     as_json.problem.what + "; nor YAML: " + as_yaml.problem.what.substr(18)}};
    }
  }
}

}  // namespace

int LineTree::line_of(const std::string& pointer) const {
  const LineTree* at = this;
  std::size_t from = 1;
  while (from <= pointer.size()) {
    const std::size_t slash = std::min(pointer.find('/', from), pointer.size());
    const LineTree* next =
        child(*at, unescape(std::string_view(pointer).substr(from, slash - from)));
    if (next == nullptr) break;
    at = next;
    from = slash + 1;
  }
  return at->line;
}

std::string pointer_segment(const std::string& key) {
  std::string text = "/";
  for (const char c : key) {
    if (c == '~') {
      text += "~0";
    } else if (c == '/') {
      text += "~1";
    } else {
      text += c;
    }
  }
  return text;
}

tl::expected<Document, Problem> read_document(const std::string& text, const ParseLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return tl::unexpected(Problem{"", 0,
                                  "the document has " + std::to_string(text.size()) +
                                      " bytes; at most " + std::to_string(limits.max_bytes) +
                                      " are allowed"});
  }
  if (const std::size_t bad = first_invalid_utf8(text); bad < text.size()) {
    const auto end = text.begin() + static_cast<std::ptrdiff_t>(bad);
    const int line = 1 + static_cast<int>(std::count(text.begin(), end, '\n'));
    return tl::unexpected(Problem{"", line, "the text is not UTF-8 here; save it as UTF-8"});
  }
  try {
    return read_either(text, limits);
  } catch (Refused& refused) {
    // The libraries quote single bytes of what they do not understand.
    refused.problem.what = printable(std::move(refused.problem.what));
    return tl::unexpected(std::move(refused.problem));
  }
}

}  // namespace endure::workflow::parse
