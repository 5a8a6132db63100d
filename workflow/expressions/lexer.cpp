#include "workflow/expressions/lexer.hpp"

#include <algorithm>
#include <array>

namespace endure::workflow {
namespace {

constexpr std::array<std::string_view, 19> keywords = {
    "as",  "import", "include", "module", "def",   "if",    "then",    "else",    "elif", "end",
    "and", "or",     "reduce",  "try",    "catch", "label", "foreach", "__loc__", "break"};

constexpr std::array<std::string_view, 15> long_symbols = {
    "?//=", "?//", "//=", "!=", "==", "//", "|=", "+=", "-=", "*=", "/=", "%=", "<=", ">=", ".."};

constexpr std::string_view single_symbols = ".?=;,:|+-*/%$<>[]{}()";

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  std::vector<Token> run() {
    while (!failed_ && at_ < source_.size()) next();
    if (!failed_ && !splices_.empty()) fail();
    return std::move(tokens_);
  }

 private:
  using Kind = Token::Kind;

  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
  }

  void add(Kind kind, std::size_t begin, std::size_t text_begin) {
    tokens_.push_back({kind, source_.substr(text_begin, at_ - text_begin), begin});
  }

  void fail() {
    tokens_.push_back({Kind::bad, source_.substr(at_), at_});
    failed_ = true;
  }

  void next() {
    const char c = peek();
    if (is_space(c)) {
      ++at_;
    } else if (c == '#') {
      while (at_ < source_.size() && peek() != '\n') ++at_;
    } else if (c == '"') {
      tokens_.push_back({Kind::string_begin, source_.substr(at_, 1), at_});
      ++at_;
      string();
    } else if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
      number();
    } else if (c == '.' && is_letter(peek(1))) {
      const std::size_t begin = at_++;
      word();
      add(Kind::field, begin, begin + 1);
    } else if (is_letter(c)) {
      const std::size_t begin = at_;
      qualified_word();
      add(Kind::identifier, begin, begin);
    } else if (c == '$') {
      variable();
    } else if (c == '@' && is_letter(peek(1))) {
      const std::size_t begin = at_++;
      word();
      add(Kind::format, begin, begin);
    } else {
      symbol();
    }
  }

  void word() {
    while (is_letter(peek()) || is_digit(peek())) ++at_;
  }

  void qualified_word() {
    word();
    while (peek() == ':' && peek(1) == ':' && is_letter(peek(2))) {
      at_ += 2;
      word();
    }
  }

  void number() {
    const std::size_t begin = at_;
    while (is_digit(peek()) || peek() == '.') ++at_;
    if (peek() == 'e' || peek() == 'E') {
      const std::size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
      if (is_digit(peek(1 + sign))) {
        at_ += 1 + sign;
        while (is_digit(peek())) ++at_;
      }
    }
    add(Kind::number, begin, begin);
  }

  void variable() {
    const std::size_t begin = at_++;
    while (is_space(peek())) ++at_;
    if (!is_letter(peek())) {
      at_ = begin;
      symbol();
      return;
    }
    const std::size_t name = at_;
    qualified_word();
    add(Kind::variable, begin, name);
  }

  void symbol() {
    const std::size_t begin = at_;
    for (const std::string_view text : long_symbols) {
      if (source_.substr(at_, text.size()) == text) {
        at_ += text.size();
        add(Kind::symbol, begin, begin);
        return;
      }
    }
    const char c = peek();
    if (single_symbols.find(c) == std::string_view::npos) {
      fail();
      return;
    }
    ++at_;
    if (c == '(' && !splices_.empty()) ++splices_.back();
    if (c == ')' && !splices_.empty() && --splices_.back() == 0) {
      splices_.pop_back();
      add(Kind::splice_end, begin, begin);
      string();
      return;
    }
    add(Kind::symbol, begin, begin);
  }

  // The rest of a string, up to its closing quote or its next splice.
  void string() {
    const std::size_t begin = at_;
    while (at_ < source_.size()) {
      const char c = peek();
      if (c == '"') {
        if (at_ > begin) add(Kind::string_text, begin, begin);
        tokens_.push_back({Kind::string_end, source_.substr(at_, 1), at_});
        ++at_;
        return;
      }
      if (c == '\\' && peek(1) == '(') {
        if (at_ > begin) add(Kind::string_text, begin, begin);
        tokens_.push_back({Kind::splice_begin, source_.substr(at_, 2), at_});
        at_ += 2;
        splices_.push_back(1);
        return;
      }
      at_ += c == '\\' ? 2 : 1;
    }
    at_ = source_.size();
    fail();
  }

  std::string_view source_;
  std::size_t at_ = 0;
  bool failed_ = false;
  std::vector<Token> tokens_;
  std::vector<int> splices_;  // open parentheses within each open splice, its own included
};

}  // namespace

std::vector<Token> tokenize(std::string_view source) {
  return Lexer(source).run();
}

bool is_identifier(std::string_view text) {
  return !text.empty() && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

bool is_keyword(std::string_view text) {
  return std::find(keywords.begin(), keywords.end(), text) != keywords.end();
}

}  // namespace endure::workflow
