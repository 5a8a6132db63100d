// Splits jq source (1.6) into tokens, as far as Endure has to understand it: to see which variables
// and functions a program names, and to parse its plain part. jq itself judges the syntax.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace endure::workflow {

struct Token {
  enum class Kind : unsigned char {
    field,         // `.name`; text is the name
    identifier,    // a function or keyword
    variable,      // `$name`; text is the name
    number,        // as written
    format,        // `@base64`; text with the @
    string_begin,  // the opening quote
    string_text,   // a run of text between quotes, escapes not yet resolved
    splice_begin,  // `\(`
    splice_end,    // the `)` that ends it
    string_end,    // the closing quote
    symbol,        // any operator or bracket
    bad,           // what no jq token begins with, or a string that never ends
  };
  Kind kind = Kind::bad;
  std::string_view text;  // into the source
  std::size_t at = 0;     // its first byte

  bool is(std::string_view symbol_text) const {
    return kind == Kind::symbol && text == symbol_text;
  }
};

// Ends with a `bad` token where the source cannot be split further. The views live as long as
// `source` does.
std::vector<Token> tokenize(std::string_view source);

bool is_identifier(std::string_view text);  // [A-Za-z_][A-Za-z0-9_]*
bool is_keyword(std::string_view text);     // jq 1.6's reserved words

}  // namespace endure::workflow
