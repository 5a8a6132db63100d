#include "runtime/http/url.hpp"

#include <optional>

#include "base/utf8.hpp"

namespace endure::http {

namespace {

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> decode(std::string_view text, bool plus_is_space) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = digit(text[i + 1]);
      const int low = digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  if (out.find('\0') != std::string::npos || !is_utf8(out)) return std::nullopt;
  return out;
}

Failure malformed(std::string_view part) {
  return fail(Code::invalid,
              "the " + std::string(part) +
                  " is not percent-encoded UTF-8: a '%' needs two hexadecimal digits",
              std::string(part));
}

}  // namespace

Result<Url> parse_target(std::string_view target) {
  target = target.substr(0, target.find('#'));
  const auto mark = target.find('?');
  std::string_view path = target.substr(0, mark);
  std::string_view query = mark == std::string_view::npos ? "" : target.substr(mark + 1);
  Url url;
  while (!path.empty()) {
    const auto slash = path.find('/');
    const auto segment = path.substr(0, slash);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    if (segment.empty()) continue;
    auto decoded = decode(segment, false);
    if (!decoded) return malformed("path");
    url.segments.push_back(std::move(*decoded));
  }
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    auto name = decode(pair.substr(0, equals), true);
    auto value = decode(equals == std::string_view::npos ? "" : pair.substr(equals + 1), true);
    if (!name || !value) return malformed("query");
    url.query.emplace_back(std::move(*name), std::move(*value));
  }
  return url;
}

}  // namespace endure::http
