#include "workflow/schema/pattern.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace endure::workflow::schema {
namespace {

constexpr std::size_t max_pattern_bytes = 1'024;
constexpr std::size_t max_subject = 65'536;  // code points
// The matcher recurses over the states of a pattern, never over the text.
constexpr std::size_t max_states = 4'000;

#ifdef __GLIBCXX__
// Breadth-first: linear in the text, where the default would go back without end.
constexpr auto syntax = std::regex::ECMAScript | std::regex_constants::__polynomial;
#else
constexpr auto syntax = std::regex::ECMAScript;
#endif

// The text is UTF-8: documents and data are checked where they come in.
std::wstring code_points(const std::string& text) {
  std::wstring out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0U) == 0x80U && !out.empty()) {
      out.back() =
          static_cast<wchar_t>((static_cast<std::uint32_t>(out.back()) << 6U) | (byte & 0x3FU));
    } else {
      const unsigned mask = byte < 0x80U ? 0x7FU : byte < 0xE0U ? 0x1FU : byte < 0xF0U ? 0x0FU : 7U;
      out += static_cast<wchar_t>(byte & mask);
    }
  }
  return out;
}

// About how many states the pattern compiles to: counted repetitions repeat what they stand behind.
class StateCounter {
 public:
  explicit StateCounter(const std::string& text) : text_(text) {}

  std::size_t count() {
    std::size_t total = 0;
    while (at_ < text_.size() && total <= max_states) {
      if (text_[at_] == ')') ++at_;
      total += sequence(0);
    }
    return total;
  }

 private:
  std::size_t sequence(std::size_t depth) {
    if (depth > 100) return max_states + 1;
    std::size_t total = 1;
    while (at_ < text_.size() && text_[at_] != ')' && total <= max_states) {
      std::size_t atom = 2;
      const char c = text_[at_++];
      if (c == '(') {
        atom += sequence(depth + 1);
        if (at_ < text_.size()) ++at_;
      } else if (c == '[') {
        while (at_ < text_.size() && text_[at_] != ']') at_ += text_[at_] == '\\' ? 2 : 1;
        ++at_;
      } else if (c == '\\') {
        ++at_;
      }
      total += atom * times();
    }
    return total;
  }

  std::size_t times() {
    if (at_ >= text_.size() || text_[at_] != '{') return 1;
    std::size_t most = 1;
    std::size_t number = 0;
    for (++at_; at_ < text_.size() && text_[at_] != '}'; ++at_) {
      const bool digit = text_[at_] >= '0' && text_[at_] <= '9';
      number = digit ? std::min<std::size_t>(
                           number * 10 + static_cast<std::size_t>(text_[at_] - '0'), max_states)
                     : 0;
      most = std::max(most, number);
    }
    if (at_ < text_.size()) ++at_;
    return most;
  }

  const std::string& text_;
  std::size_t at_ = 0;
};

// Syntax of later ECMAScript that this library would read as something else.
const char* unknown_syntax(const std::string& text) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] == '\\') {
      const char next = text[++i];
      if (next == 'p' || next == 'P') return "character properties (\\p{…})";
      if (next == 'k') return "named groups";
      if (next >= '1' && next <= '9') return "back-references";
    } else if (text[i] == '(' && text.compare(i, 3, "(?<") == 0) {
      return "named groups and looking behind ((?<…))";
    }
  }
  return nullptr;
}

}  // namespace

Result<Pattern> Pattern::compile(const std::string& text) {
  const auto refuse = [](const std::string& why) {
    return fail(Code::invalid, "the regular expression cannot be used: " + why);
  };
  if (text.size() > max_pattern_bytes) {
    return refuse("it has more than " + std::to_string(max_pattern_bytes) + " bytes");
  }
  if (const char* unknown = unknown_syntax(text)) {
    return refuse(std::string(unknown) + " are not supported");
  }
  if (StateCounter(text).count() > max_states) return refuse("its repetitions are too many");
  try {
    Pattern pattern;
    pattern.text_ = text;
    pattern.regex_ = std::make_shared<const std::wregex>(code_points(text), syntax);
    return pattern;
  } catch (const std::regex_error& error) {
    return refuse(error.what());
  }
}

std::optional<bool> Pattern::found_in(const std::string& text) const {
  const std::wstring subject = code_points(text);
  if (subject.size() > max_subject) return std::nullopt;
  try {
    return std::regex_search(subject, *regex_);
  } catch (const std::regex_error&) {
    return std::nullopt;
  }
}

}  // namespace endure::workflow::schema
