// A parser by operator precedence, after jq 1.6's grammar: what it accepts, jq reads the same way.
// Anything it does not know ends the parsing with `false`.
#include <array>
#include <utility>

#include "workflow/expressions/plain.hpp"
#include "workflow/expressions/wire.hpp"

namespace endure::workflow {
namespace {

using Kind = Token::Kind;
using Op = PlainNode::Op;

constexpr int max_nesting = 64;
constexpr std::size_t max_tokens = 512;  // so the tree is never deep, however it leans

PlainNode literal(Json json) {
  PlainNode node;
  node.op = Op::literal;
  node.literal = std::move(json);
  return node;
}

PlainNode joined(Op op, PlainNode left, PlainNode right) {
  PlainNode node;
  node.op = op;
  node.children.push_back(std::move(left));
  node.children.push_back(std::move(right));
  return node;
}

// Escapes as JSON has them, but for \u, whose pairs are jq's business.
bool unescape(std::string_view raw, std::string& out) {
  constexpr std::string_view names = "\"\\/bfnrt";
  constexpr std::string_view values = "\"\\/\b\f\n\r\t";
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\') {
      out += raw[i];
      continue;
    }
    const auto found = ++i < raw.size() ? names.find(raw[i]) : std::string_view::npos;
    if (found == std::string_view::npos) return false;
    out += values[found];
  }
  return true;
}

class Parser {
 public:
  explicit Parser(const std::vector<Token>& tokens) : tokens_(tokens) {}

  bool program(PlainNode& out) { return pipe(out) && at_ == tokens_.size(); }

 private:
  // -- tokens -----------------------------------------------------------------

  const Token& peek() const {
    static const Token end;
    return at_ < tokens_.size() ? tokens_[at_] : end;
  }
  bool accept(std::string_view symbol) { return peek().is(symbol) && ++at_; }
  bool accept_word(std::string_view word) {
    return peek().kind == Kind::identifier && peek().text == word && ++at_;
  }
  bool accept(Kind kind) { return peek().kind == kind && ++at_; }

  // -- operators, loosest first ------------------------------------------------

  bool pipe(PlainNode& out) {
    if (++nesting_ > max_nesting || !alternative(out)) return false;
    if (accept("|")) {
      PlainNode right;
      if (!pipe(right)) return false;
      out = joined(Op::pipe, std::move(out), std::move(right));
    }
    --nesting_;
    return true;
  }

  bool alternative(PlainNode& out) {
    if (!logic(out)) return false;
    if (!accept("//")) return true;
    PlainNode right;
    if (++nesting_ > max_nesting || !alternative(right)) return false;
    --nesting_;
    out = joined(Op::alternative, std::move(out), std::move(right));
    return true;
  }

  bool logic(PlainNode& out) {
    if (!conjunction(out)) return false;
    while (accept_word("or")) {
      PlainNode right;
      if (!conjunction(right)) return false;
      out = joined(Op::logic_or, std::move(out), std::move(right));
    }
    return true;
  }

  bool conjunction(PlainNode& out) {
    if (!comparison(out)) return false;
    while (accept_word("and")) {
      PlainNode right;
      if (!comparison(right)) return false;
      out = joined(Op::logic_and, std::move(out), std::move(right));
    }
    return true;
  }

  template <std::size_t N>
  bool accept_any(const std::array<std::string_view, N>& symbols, std::string& found) {
    for (const std::string_view symbol : symbols) {
      if (accept(symbol)) {
        found = symbol;
        return true;
      }
    }
    return false;
  }

  bool comparison(PlainNode& out) {
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

  bool sum(PlainNode& out) {
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

  bool signed_product(PlainNode& out) {
    if (!accept("-")) return product(out);
    PlainNode operand;
    if (++nesting_ > max_nesting || !signed_product(operand)) return false;
    --nesting_;
    out.op = Op::negate;
    out.children.push_back(std::move(operand));
    return true;
  }

  bool product(PlainNode& out) {
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

  bool operand(PlainNode& out) { return accept_word("if") ? condition(out) : term(out); }

  bool condition(PlainNode& out) {
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

  // -- terms -------------------------------------------------------------------

  bool term(PlainNode& out) {
    if (!first_of_term(out)) return false;
    while (true) {
      PlainNode key;
      if (peek().kind == Kind::field) {
        key = literal(std::string(peek().text));
        ++at_;
      } else if (peek().is(".")) {
        ++at_;
        if (!accept(Kind::string_begin) || !string(key)) return false;
      } else if (accept("[")) {
        if (!pipe(key) || !accept("]")) return false;
      } else {
        return !peek().is("?");
      }
      out = joined(Op::index, std::move(out), std::move(key));
    }
  }

  bool first_of_term(PlainNode& out) {
    const Token& token = peek();
    switch (token.kind) {
      case Kind::field: return true;  // `.a` is `.` indexed by "a"; the loop of term() goes on
      case Kind::variable: ++at_; return variable(token, out);
      case Kind::number: ++at_; return number(token, out);
      case Kind::string_begin: ++at_; return string(out);
      case Kind::identifier: ++at_; return word(token, out);
      default: break;
    }
    if (accept("(")) return pipe(out) && accept(")");
    if (accept("[")) return array(out);
    if (accept("{")) return object(out);
    if (!accept(".")) return false;
    if (accept(Kind::string_begin)) {
      PlainNode key;
      if (!string(key)) return false;
      out = joined(Op::index, PlainNode(), std::move(key));
    }
    return true;
  }

  static bool variable(const Token& token, PlainNode& out) {
    out.op = Op::variable;
    out.text = token.text;
    return is_identifier(token.text) && !is_keyword(token.text);
  }

  static bool number(const Token& token, PlainNode& out) {
    const Json json = Json::parse(token.text, nullptr, false);
    if (!json.is_number()) return false;  // `1.` and `.5` are left to jq
    out = literal(wire::from_double(json.get<double>()));
    return true;
  }

  // After the opening quote.
  bool string(PlainNode& out) {
    out.op = Op::text;
    while (!accept(Kind::string_end)) {
      PlainNode part;
      if (peek().kind == Kind::string_text) {
        std::string text;
        if (!unescape(peek().text, text)) return false;
        ++at_;
        part = literal(std::move(text));
      } else if (!accept(Kind::splice_begin) || !pipe(part) || !accept(Kind::splice_end)) {
        return false;
      }
      out.children.push_back(std::move(part));
    }
    if (out.children.empty()) out = literal("");
    if (out.children.size() == 1 && out.children[0].literal.is_string()) {
      PlainNode only = std::move(out.children[0]);
      out = std::move(only);
    }
    return true;
  }

  bool word(const Token& token, PlainNode& out) {
    if (token.text == "null" || token.text == "true" || token.text == "false") {
      out = literal(Json::parse(token.text));
      return !peek().is("(");
    }
    out.op = Op::call;
    out.text = token.text;
    if (accept("(")) {
      if (!pipe(out.children.emplace_back()) || !accept(")")) return false;
    }
    return is_plain_function(token.text, out.children.size());
  }

  // After the opening bracket.
  bool array(PlainNode& out) {
    out.op = Op::array;
    if (accept("]")) return true;
    do {
      if (++nesting_ > max_nesting || !alternative(out.children.emplace_back())) return false;
      --nesting_;
    } while (accept(","));
    if (out.children.size() == 1 && accept("|")) {  // `[a, b | c]` would be `[(a, b) | c]`
      PlainNode right;
      if (!pipe(right)) return false;
      out.children[0] = joined(Op::pipe, std::move(out.children[0]), std::move(right));
    }
    return accept("]");
  }

  bool object(PlainNode& out) {
    out.op = Op::object;
    if (accept("}")) return true;
    do {
      PlainNode key;
      PlainNode value;
      if (!member(key, value)) return false;
      out.children.push_back(std::move(key));
      out.children.push_back(std::move(value));
    } while (accept(","));
    return accept("}");
  }

  bool member(PlainNode& key, PlainNode& value) {
    const Token token = peek();
    if (accept(Kind::variable)) {  // {$name}
      key = literal(std::string(token.text));
      return variable(token, value);
    }
    const bool parenthesised = accept("(");
    if (parenthesised) {
      if (!pipe(key) || !accept(")") || !peek().is(":")) return false;
    } else if (accept(Kind::string_begin)) {
      if (!string(key)) return false;
    } else if (accept(Kind::identifier)) {
      if (!is_identifier(token.text)) return false;
      if (is_keyword(token.text) && !peek().is(":")) return false;
      key = literal(std::string(token.text));
    } else {
      return false;
    }
    if (accept(":")) return member_value(value);
    value = joined(Op::index, PlainNode(), key);  // {name}, {"name"}
    return true;
  }

  // jq 1.6 allows terms, negated terms and pipes of them here, no other operator.
  bool member_value(PlainNode& out) {
    if (++nesting_ > max_nesting) return false;
    if (accept("-")) {
      out.op = Op::negate;
      if (!term(out.children.emplace_back())) return false;
    } else if (!term(out)) {
      return false;
    }
    if (accept("|")) {
      PlainNode right;
      if (!member_value(right)) return false;
      out = joined(Op::pipe, std::move(out), std::move(right));
    }
    --nesting_;
    return true;
  }

  const std::vector<Token>& tokens_;
  std::size_t at_ = 0;
  int nesting_ = 0;
};

}  // namespace

std::optional<PlainNode> parse_plain(const std::vector<Token>& tokens) {
  PlainNode program;
  if (tokens.empty() || tokens.size() > max_tokens || !Parser(tokens).program(program))
    return std::nullopt;
  return program;
}

}  // namespace endure::workflow
