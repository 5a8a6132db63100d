#include "workflow/secret_placeholder.hpp"

#include <algorithm>

#include "base/sha256.hpp"

namespace endure::workflow {

namespace {

constexpr std::string_view prefix = "endure-secret.";
constexpr std::string_view mac_mark = ".mac-";
constexpr std::size_t mac_bytes = 16;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::string encoded(const SecretPath& path) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const auto& segment : path) {
    if (!text.empty()) text += '.';
    for (const char c : segment) {
      if (is_word(c) || c == '-') {
        text += c;
      } else {
        const auto byte = static_cast<unsigned char>(c);
        text += '~';
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
      }
    }
  }
  return text;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 0;
}

// Of text that was encoded here: its MAC says so.
SecretPath decoded(std::string_view text) {
  SecretPath path(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '.') {
      path.emplace_back();
    } else if (text[i] == '~' && i + 2 < text.size()) {
      path.back() += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      path.back() += text[i];
    }
  }
  return path;
}

std::string mac_of(std::string_view path, WorkflowNumber workflow, std::string_view key) {
  std::string bytes = std::to_string(workflow) + '\0';
  bytes.append(path);
  return hex(hmac_sha256(key, bytes), mac_bytes);
}

// Takes the same time for every wrong text.
bool equal(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  }
  return difference == 0;
}

// `.name`, `."name"`, `["name"]` at the start of `text`; how many characters it takes, 0 for none.
std::size_t take_key(std::string_view text, std::string& key) {
  key.clear();
  if (text.size() > 1 && text[0] == '.' &&
      (is_word(text[1]) && !(text[1] >= '0' && text[1] <= '9'))) {
    std::size_t end = 1;
    while (end < text.size() && is_word(text[end])) ++end;
    key = text.substr(1, end - 1);
    return end;
  }
  const bool dotted = text.starts_with(".\"");
  if (!dotted && !text.starts_with("[\"")) return 0;
  const auto quote = text.find('"', 2);
  if (quote == std::string_view::npos) return 0;
  key = text.substr(2, quote - 2);
  if (key.find('\\') != std::string::npos) return 0;
  if (dotted) return quote + 1;
  return quote + 1 < text.size() && text[quote + 1] == ']' ? quote + 2 : 0;
}

}  // namespace

std::string make_placeholder(const SecretPath& path, WorkflowNumber workflow,
                             std::string_view key) {
  const std::string text = encoded(path);
  std::string placeholder(prefix);
  placeholder += text;
  placeholder += mac_mark;
  return placeholder + mac_of(text, workflow, key);
}

std::optional<FoundPlaceholder> find_placeholder(std::string_view text, WorkflowNumber workflow,
                                                 std::string_view key, std::size_t from) {
  for (auto at = text.find(prefix, from); at != std::string_view::npos;
       at = text.find(prefix, at + 1)) {
    const auto path = at + prefix.size();
    const auto mark = text.find(mac_mark, path);
    if (mark == std::string_view::npos) return std::nullopt;
    const auto mac = text.substr(mark + mac_mark.size(), 2 * mac_bytes);
    const auto named = text.substr(path, mark - path);
    if (!equal(mac, mac_of(named, workflow, key))) continue;
    return FoundPlaceholder{at, mark + mac_mark.size() + mac.size() - at, decoded(named)};
  }
  return std::nullopt;
}

std::optional<std::vector<SecretPath>> secrets_named(std::string_view program) {
  constexpr std::string_view variable = "$secrets";
  std::vector<SecretPath> paths;
  for (auto at = program.find(variable); at != std::string_view::npos;
       at = program.find(variable, at + 1)) {
    auto rest = program.substr(at + variable.size());
    if (!rest.empty() && is_word(rest.front())) continue;  // $secretsOfMine
    SecretPath path;
    std::string key;
    while (const auto taken = take_key(rest, key)) {
      path.push_back(key);
      rest.remove_prefix(taken);
    }
    if (path.empty()) return std::nullopt;
    if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(path);
  }
  return paths;
}

}  // namespace endure::workflow
