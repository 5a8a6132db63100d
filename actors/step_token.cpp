// Step tokens as text: "queue|priority|enqueued|workflow|wait|attempt|epoch" in base64url.
#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "actors/engine.hpp"

namespace endure::actors {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t max_token_length = 400;

// What each character stands for; no_value: it is none of the alphabet.
constexpr std::uint8_t no_value = 64;
constexpr std::array<std::uint8_t, 256> values_of_alphabet() {
  std::array<std::uint8_t, 256> values{};
  for (auto& value : values) value = no_value;
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}
constexpr auto values = values_of_alphabet();

std::string to_base64url(std::string_view plain) {
  std::string out;
  out.reserve(plain.size() * 4 / 3 + 2);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : plain) {
    bits = (bits << 8U) | static_cast<unsigned char>(c);
    for (held += 8; held >= 6; held -= 6) out += alphabet[(bits >> (held - 6)) & 0x3FU];
  }
  if (held > 0) out += alphabet[(bits << (6 - held)) & 0x3FU];
  return out;
}

bool from_base64url(std::string_view text, std::string& out) {
  out.reserve(text.size());
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const std::uint32_t value = values[static_cast<unsigned char>(c)];
    if (value == no_value) return false;
    bits = (bits << 6U) | value;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>((bits >> held) & 0xFFU);
    }
  }
  return true;
}

template <class Number>
bool read_number(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}

}  // namespace

std::string to_text(const StepToken& token) {
  return to_base64url(token.key.queue + '|' + std::to_string(token.key.priority) + '|' +
                      std::to_string(token.key.enqueued.ms) + '|' +
                      std::to_string(token.key.workflow) + '|' + std::to_string(token.key.wait) +
                      '|' + std::to_string(token.attempt) + '|' + std::to_string(token.epoch));
}

Result<StepToken> token_from(const std::string& text) {
  const Failure bad = fail(Code::invalid, "this is not a step token", "token");
  std::string plain;
  if (text.size() > max_token_length || !from_base64url(text, plain)) return bad;
  std::vector<std::string_view> parts;
  std::string_view rest = plain;
  for (;;) {
    const auto bar = rest.find('|');
    parts.push_back(rest.substr(0, bar));
    if (bar == std::string_view::npos) break;
    rest.remove_prefix(bar + 1);
  }
  if (parts.size() != 7) return bad;
  StepToken token;
  token.key.queue = parts[0];
  if (!check_queue(token.key.queue) || !read_number(parts[1], token.key.priority) ||
      !read_number(parts[2], token.key.enqueued.ms) || !read_number(parts[3], token.key.workflow) ||
      !read_number(parts[4], token.key.wait) || !read_number(parts[5], token.attempt) ||
      !read_number(parts[6], token.epoch)) {
    return bad;
  }
  return token;
}

}  // namespace endure::actors
