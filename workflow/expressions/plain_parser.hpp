// The parser of plain programs: by operator precedence, after jq 1.6's grammar. What it accepts, jq
// reads the same way; anything it does not know ends the parsing with `false`.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "workflow/expressions/plain.hpp"

namespace endure::workflow {

class PlainParser {
 public:
  explicit PlainParser(const std::vector<Token>& tokens) : tokens_(tokens) {}

  bool program(PlainNode& out) { return pipe(out) && at_ == tokens_.size(); }

 private:
  using Kind = Token::Kind;
  using Op = PlainNode::Op;

  static constexpr int max_nesting = 64;

  // -- operators, loosest first (plain_parse.cpp) -------------------------------

  bool pipe(PlainNode& out);
  bool alternative(PlainNode& out);
  bool logic(PlainNode& out);
  bool conjunction(PlainNode& out);
  bool comparison(PlainNode& out);
  bool sum(PlainNode& out);
  bool signed_product(PlainNode& out);
  bool product(PlainNode& out);
  bool operand(PlainNode& out);
  bool condition(PlainNode& out);

  // -- terms (plain_terms.cpp) --------------------------------------------------

  bool term(PlainNode& out);
  bool first_of_term(PlainNode& out);
  static bool variable(const Token& token, PlainNode& out);
  static bool number(const Token& token, PlainNode& out);
  bool string(PlainNode& out);  // after the opening quote
  bool word(const Token& token, PlainNode& out);
  bool array(PlainNode& out);   // after the opening bracket
  bool object(PlainNode& out);  // after the opening brace
  bool member(PlainNode& key, PlainNode& value);
  bool member_value(PlainNode& out);

  // -- tokens -------------------------------------------------------------------

  const Token& peek() const {
    static const Token end;
    return at_ < tokens_.size() ? tokens_[at_] : end;
  }
  bool accept(std::string_view symbol) { return peek().is(symbol) && ++at_; }
  bool accept_word(std::string_view word) {
    return peek().kind == Kind::identifier && peek().text == word && ++at_;
  }
  bool accept(Kind kind) { return peek().kind == kind && ++at_; }
  template <class Symbols>
  bool accept_any(const Symbols& symbols, std::string& found) {
    for (const std::string_view symbol : symbols) {
      if (accept(symbol)) {
        found = symbol;
        return true;
      }
    }
    return false;
  }

  static PlainNode joined(Op op, PlainNode left, PlainNode right) {
    PlainNode node;
    node.op = op;
    node.children.push_back(std::move(left));
    node.children.push_back(std::move(right));
    return node;
  }

  const std::vector<Token>& tokens_;
  std::size_t at_ = 0;
  int nesting_ = 0;
};

}  // namespace endure::workflow
