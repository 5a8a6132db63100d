#include <array>
#include <utility>

#include "workflow/expressions/plain_parser.hpp"

namespace endure::workflow {

bool PlainParser::pipe(PlainNode& out) {
  if (++nesting_ > max_nesting || !alternative(out)) return false;
  if (accept("|")) {
    PlainNode right;
    if (!pipe(right)) return false;
    out = joined(Op::pipe, std::move(out), std::move(right));
  }
  --nesting_;
  return true;
}

bool PlainParser::alternative(PlainNode& out) {
  if (!logic(out)) return false;
  if (!accept("//")) return true;
  PlainNode right;
  if (++nesting_ > max_nesting || !alternative(right)) return false;
  --nesting_;
  out = joined(Op::alternative, std::move(out), std::move(right));
  return true;
}

bool PlainParser::logic(PlainNode& out) {
  if (!conjunction(out)) return false;
  while (accept_word("or")) {
    PlainNode right;
    if (!conjunction(right)) return false;
    out = joined(Op::logic_or, std::move(out), std::move(right));
  }
  return true;
}

bool PlainParser::conjunction(PlainNode& out) {
  if (!comparison(out)) return false;
  while (accept_word("and")) {
    PlainNode right;
    if (!comparison(right)) return false;
    out = joined(Op::logic_and, std::move(out), std::move(right));
  }
  return true;
}

bool PlainParser::comparison(PlainNode& out) {
  static constexpr std::array<std::string_view, 6> symbols = {"==", "!=", "<=", ">=", "<", ">"};
  std::string symbol;
  if (!sum(out)) return false;
  if (!accept_any(symbols, symbol)) return true;
  PlainNode right;
  if (!sum(right)) return false;
  out = joined(Op::binary, std::move(out), std::move(right));
  out.text = symbol;
  return !accept_any(symbols, symbol);  // `1 < 2 < 3` is no program
}

bool PlainParser::sum(PlainNode& out) {
  static constexpr std::array<std::string_view, 2> symbols = {"+", "-"};
  if (!signed_product(out)) return false;
  std::string symbol;
  while (accept_any(symbols, symbol)) {
    PlainNode right;
    if (!signed_product(right)) return false;
    out = joined(Op::binary, std::move(out), std::move(right));
    out.text = symbol;
  }
  return true;
}

bool PlainParser::signed_product(PlainNode& out) {
  if (!accept("-")) return product(out);
  PlainNode operand;
  if (++nesting_ > max_nesting || !signed_product(operand)) return false;
  --nesting_;
  out.op = Op::negate;
  out.children.push_back(std::move(operand));
  return true;
}

bool PlainParser::product(PlainNode& out) {
  static constexpr std::array<std::string_view, 3> symbols = {"*", "/", "%"};
  if (!operand(out)) return false;
  std::string symbol;
  while (accept_any(symbols, symbol)) {
    PlainNode right;
    if (!operand(right)) return false;
    out = joined(Op::binary, std::move(out), std::move(right));
    out.text = symbol;
  }
  return true;
}

bool PlainParser::operand(PlainNode& out) {
  return accept_word("if") ? condition(out) : term(out);
}

bool PlainParser::condition(PlainNode& out) {
  out.op = Op::condition;
  out.children.resize(3);
  if (!pipe(out.children[0]) || !accept_word("then") || !pipe(out.children[1])) return false;
  if (accept_word("elif")) {
    if (++nesting_ > max_nesting || !condition(out.children[2])) return false;
    --nesting_;
    return true;
  }
  return accept_word("else") && pipe(out.children[2]) && accept_word("end");
}

std::optional<PlainNode> parse_plain(const std::vector<Token>& tokens) {
  constexpr std::size_t max_tokens = 512;  // so the tree is never deep, however it leans
  PlainNode program;
  if (tokens.empty() || tokens.size() > max_tokens) return std::nullopt;
  if (!PlainParser(tokens).program(program)) return std::nullopt;
  return program;
}

}  // namespace endure::workflow
