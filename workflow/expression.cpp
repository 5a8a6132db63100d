#include "workflow/expression.hpp"

#include <algorithm>

#include "workflow/expressions.hpp"
#include "workflow/value/msgpack_writer.hpp"

namespace endure::workflow {
namespace {

constexpr std::string_view spaces = " \t\r\n";

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(spaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(spaces) - first + 1);
}

bool is_enclosed(std::string_view trimmed) {
  return trimmed.size() >= 3 && trimmed.starts_with("${") && trimmed.ends_with("}");
}

// A key as a part of a JSON pointer (RFC 6901).
std::string pointer_part(const std::string& key) {
  std::string part = "/";
  for (const char c : key) {
    if (c == '~') {
      part += "~0";
    } else if (c == '/') {
      part += "~1";
    } else {
      part += c;
    }
  }
  return part;
}

const Value* as_constant(const Template& tmpl) {
  return std::get_if<Value>(&tmpl.node);
}

Result<Template> parse_array(const Json& json, const std::string& pointer, Expressions& expressions,
                             ExpressionMode mode) {
  Template::Array items;
  bool constant = true;
  for (std::size_t i = 0; i < json.size(); ++i) {
    auto item = parse_template(json[i], pointer + "/" + std::to_string(i), expressions, mode);
    if (!item) return item;
    constant = constant && as_constant(*item) != nullptr;
    items.push_back(std::move(*item));
  }
  if (!constant) return Template{std::move(items)};
  Json all = Json::array();
  for (const Template& item : items) all.push_back(as_constant(item)->json());
  return Template{Value(std::move(all))};
}

Result<Template> parse_object(const Json& json, const std::string& pointer,
                              Expressions& expressions, ExpressionMode mode) {
  Template::Object members;
  bool constant = true;
  for (const auto& [key, value] : json.get_ref<const Json::object_t&>()) {
    auto member = parse_template(value, pointer + pointer_part(key), expressions, mode);
    if (!member) return member;
    constant = constant && as_constant(*member) != nullptr;
    members.push_back({key, std::move(*member)});
  }
  if (!constant) return Template{std::move(members)};
  Json all = Json::object();
  for (const Template::Member& member : members) {
    all.emplace(member.key, as_constant(member.value)->json());
  }
  return Template{Value(std::move(all))};
}

// All text is tried; what is none of jq is text. Only a compiler that could not work, or one that
// says why the expression may not be used (`where`), is an error.
Result<Template> parse_loose_text(const Json& json, const std::string& pointer,
                                  Expressions& expressions) {
  const auto& text = json.get_ref<const std::string&>();
  const std::string program = strip_expression(text);
  if (program.empty()) return Template{Value(json)};
  auto expression = expressions.compile(program);
  if (!expression) {
    const Error& error = expression.error();
    if (error.code == Code::invalid && error.where.empty()) return Template{Value(json)};
    return fail(error.code, error.what, pointer);
  }
  if (expression->kind == Expression::Kind::constant) return Template{expression->constant};
  expression->otherwise = text;
  return Template{std::move(*expression)};
}

// Writes to `out` in place, so that nested constants are copied once.
Result<void> render_into(const Template& tmpl, const Scope& scope, Expressions& expressions,
                         Json& out) {
  if (const Value* constant = as_constant(tmpl)) {
    out = constant->json();
  } else if (const auto* expression = std::get_if<Expression>(&tmpl.node)) {
    auto value = evaluate_or_text(*expression, scope, expressions);
    if (!value) return Failure(value.error());
    out = value->json();
  } else if (const auto* items = std::get_if<Template::Array>(&tmpl.node)) {
    out = Json::array();
    for (const Template& item : *items) {
      auto done = render_into(item, scope, expressions, out.emplace_back());
      if (!done) return done;
    }
  } else {
    out = Json::object();
    for (const Template::Member& member : std::get<Template::Object>(tmpl.node)) {
      auto done = render_into(member.value, scope, expressions, out[member.key]);
      if (!done) return done;
    }
  }
  return {};
}

Result<void> pack_into(const Template& tmpl, const Scope& scope, Expressions& expressions,
                       Writer& out) {
  if (const Value* constant = as_constant(tmpl)) {
    out.value(*constant);
  } else if (const auto* expression = std::get_if<Expression>(&tmpl.node)) {
    auto value = evaluate_or_text(*expression, scope, expressions);
    if (!value) return Failure(value.error());
    out.value(*value);
  } else if (const auto* items = std::get_if<Template::Array>(&tmpl.node)) {
    out.array(items->size());
    for (const Template& item : *items) {
      if (auto done = pack_into(item, scope, expressions, out); !done) return done;
    }
  } else {
    const auto& members = std::get<Template::Object>(tmpl.node);
    out.map(members.size());
    for (const Template::Member& member : members) {
      out.text(member.key);
      if (auto done = pack_into(member.value, scope, expressions, out); !done) return done;
    }
  }
  return {};
}

}  // namespace

const Value* Scope::find(std::string_view name) const {
  const auto found = std::find_if(variables.rbegin(), variables.rend(),
                                  [&](const auto& variable) { return variable.first == name; });
  return found == variables.rend() ? nullptr : &found->second;
}

Result<Value> render(const Template& tmpl, const Scope& scope, Expressions& expressions) {
  if (const Value* constant = as_constant(tmpl)) return *constant;
  if (const auto* expression = std::get_if<Expression>(&tmpl.node)) {
    return evaluate_or_text(*expression, scope, expressions);
  }
  Json out;
  if (auto done = render_into(tmpl, scope, expressions, out); !done) {
    return Failure(done.error());
  }
  return Value(std::move(out));
}

Result<Value> render_packed(const Template& tmpl, const Scope& scope, Expressions& expressions) {
  if (const Value* constant = as_constant(tmpl)) return *constant;
  if (const auto* expression = std::get_if<Expression>(&tmpl.node)) {
    return evaluate_or_text(*expression, scope, expressions);
  }
  std::string out;
  Writer writer(out);
  if (auto done = pack_into(tmpl, scope, expressions, writer); !done) {
    return Failure(done.error());
  }
  return Value::from_packed(std::move(out));
}

Result<Value> evaluate_or_text(const Expression& expression, const Scope& scope,
                               Expressions& expressions) {
  auto value = expressions.evaluate(expression, scope);
  if (!value && expression.otherwise && value.error().code != Code::retry_later) {
    return Value(*expression.otherwise);
  }
  return value;
}

Result<Template> parse_template(const Json& json, const std::string& pointer,
                                Expressions& expressions, ExpressionMode mode) {
  if (json.is_array()) return parse_array(json, pointer, expressions, mode);
  if (json.is_object()) return parse_object(json, pointer, expressions, mode);
  if (mode == ExpressionMode::loose && json.is_string()) {
    return parse_loose_text(json, pointer, expressions);
  }
  if (!json.is_string() || !is_expression_text(json.get_ref<const std::string&>())) {
    return Template{Value(json)};
  }
  auto expression = expressions.compile(strip_expression(json.get_ref<const std::string&>()));
  if (!expression) {
    return fail(expression.error().code, expression.error().what, pointer);
  }
  if (expression->kind == Expression::Kind::constant) return Template{expression->constant};
  return Template{std::move(*expression)};
}

bool is_true(const Value& value) {
  const Json& json = value.json();
  return !json.is_null() && !(json.is_boolean() && !json.get<bool>());
}

bool is_expression_text(const std::string& text) {
  return is_enclosed(trim(text));
}

std::string strip_expression(const std::string& text) {
  std::string_view inner = trim(text);
  if (is_enclosed(inner)) inner = trim(inner.substr(2, inner.size() - 3));
  return std::string(inner);
}

}  // namespace endure::workflow
