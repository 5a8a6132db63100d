#include <utility>

#include "workflow/expressions/plain_parser.hpp"
#include "workflow/expressions/wire.hpp"

namespace endure::workflow {
namespace {

PlainNode literal(Json json) {
  PlainNode node;
  node.op = PlainNode::Op::literal;
  node.literal = std::move(json);
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

}  // namespace

bool PlainParser::term(PlainNode& out) {
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

bool PlainParser::first_of_term(PlainNode& out) {
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

bool PlainParser::variable(const Token& token, PlainNode& out) {
  out.op = Op::variable;
  out.text = token.text;
  return is_identifier(token.text) && !is_keyword(token.text);
}

bool PlainParser::number(const Token& token, PlainNode& out) {
  const Json json = Json::parse(token.text, nullptr, false);
  if (!json.is_number()) return false;  // `1.` and `.5` are left to jq
  out = literal(wire::from_double(json.get<double>()));
  return true;
}

bool PlainParser::string(PlainNode& out) {
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

bool PlainParser::word(const Token& token, PlainNode& out) {
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

bool PlainParser::array(PlainNode& out) {
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

bool PlainParser::object(PlainNode& out) {
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

bool PlainParser::member(PlainNode& key, PlainNode& value) {
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
bool PlainParser::member_value(PlainNode& out) {
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

}  // namespace endure::workflow
