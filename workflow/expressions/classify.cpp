#include "workflow/expressions/classify.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "workflow/expressions/lexer.hpp"
#include "workflow/json_numbers.hpp"

namespace endure::workflow {
namespace {

using Kind = Token::Kind;

// A quoted key without escapes and splices; anything else is left to jq.
std::optional<std::string> plain_string(const std::vector<Token>& tokens, std::size_t& at) {
  if (at >= tokens.size() || tokens[at].kind != Kind::string_begin) return std::nullopt;
  std::size_t next = at + 1;
  std::string text;
  if (next < tokens.size() && tokens[next].kind == Kind::string_text) {
    text = tokens[next++].text;
  }
  if (next >= tokens.size() || tokens[next].kind != Kind::string_end) return std::nullopt;
  if (text.find('\\') != std::string::npos) return std::nullopt;
  at = next + 1;
  return text;
}

// One step of a path: `.name`, `."name"`, `["name"]`, or `.["name"]` at its very beginning.
std::optional<std::string> path_step(const std::vector<Token>& tokens, std::size_t& at) {
  if (tokens[at].kind == Kind::field) return std::string(tokens[at++].text);
  std::size_t next = at;
  if (tokens[next].is(".")) {
    ++next;
    auto key = plain_string(tokens, next);
    if (key) {
      at = next;
      return key;
    }
    if (at != 0) return std::nullopt;
  }
  if (next >= tokens.size() || !tokens[next].is("[")) return std::nullopt;
  ++next;
  auto key = plain_string(tokens, next);
  if (!key || next >= tokens.size() || !tokens[next].is("]")) return std::nullopt;
  at = next + 1;
  return key;
}

std::optional<Expression> as_path(const std::string& text) {
  if (text.front() != '.' && text.front() != '$') return std::nullopt;
  const std::vector<Token> tokens = tokenize(text);
  Expression path;
  path.kind = Expression::Kind::path;
  path.text = text;
  if (tokens.size() == 1 && tokens[0].is(".")) return path;
  std::size_t at = 0;
  if (tokens[0].kind == Kind::variable) {
    path.variable = tokens[0].text;
    if (!is_identifier(path.variable) || is_keyword(path.variable)) return std::nullopt;
    if (path.variable == "ENV" || path.variable == "__prog_args") return std::nullopt;
    ++at;
  }
  while (at < tokens.size()) {
    auto key = path_step(tokens, at);
    if (!key) return std::nullopt;
    path.path.push_back(std::move(*key));
  }
  return path;
}

std::optional<Expression> as_constant(const std::string& text, std::size_t max_depth) {
  constexpr std::string_view first_of_json = "\"-0123456789tfn[{";
  if (first_of_json.find(text.front()) == std::string_view::npos) return std::nullopt;
  if (inexact_integer(text)) return std::nullopt;
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded() || depth(json) > max_depth) return std::nullopt;
  Expression constant;
  constant.kind = Expression::Kind::constant;
  constant.text = text;
  constant.constant = Value(std::move(json));
  return constant;
}

// jq's own sentence, which names short keys only.
std::string cannot_index(const Json& json, const std::string& key) {
  std::string what = std::string("Cannot index ") + json.type_name() + " with string";
  return key.size() < 30 ? what + " \"" + key + "\"" : what;
}

}  // namespace

std::size_t depth(const Json& json) {
  // An explicit stack: this is what guards recursive code from deep documents.
  std::vector<std::pair<const Json*, std::size_t>> open = {{&json, 0}};
  std::size_t deepest = 0;
  while (!open.empty()) {
    const auto [node, above] = open.back();
    open.pop_back();
    if (!node->is_structured()) continue;
    deepest = std::max(deepest, above + 1);
    for (const Json& child : *node) {
      if (child.is_structured()) open.emplace_back(&child, above + 1);
    }
  }
  return deepest;
}

std::optional<Expression> classify_plainly(const std::string& text, std::size_t max_depth) {
  if (text.empty()) return std::nullopt;
  auto path = as_path(text);
  return path ? path : as_constant(text, max_depth);
}

Result<Value> follow_path(const Expression& expression, const Scope& scope) {
  const Value* root = &scope.input;
  if (!expression.variable.empty()) {
    root = scope.find(expression.variable);
    if (root == nullptr) {
      return fail(Code::invalid, "$" + expression.variable + " is not defined here");
    }
  }
  if (expression.path.empty()) return *root;
  const Json* at = &root->json();
  for (const std::string& key : expression.path) {
    if (at->is_null()) return Value();
    if (!at->is_object()) {
      return fail(Code::invalid, cannot_index(*at, key));
    }
    const auto found = at->find(key);
    if (found == at->end()) return Value();
    at = &*found;
  }
  return Value(*at);
}

}  // namespace endure::workflow
