#include "runtime/http/fields.hpp"

#include <algorithm>
#include <charconv>

#include "config/nearest.hpp"

namespace endure::http {

using workflow::Json;

namespace {

std::string in_quotes(std::string_view text) {
  return "'" + std::string(text.substr(0, 100)) + "'";
}

// One more step of a JSON pointer (RFC 6901); a name of absurd length is cut.
std::string below(const std::string& pointer, std::string_view name) {
  std::string out = pointer + "/";
  for (const char c : name.substr(0, 100)) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

const Field* find_field(std::span<const Field> fields, std::string_view name) {
  const auto it = std::find_if(fields.begin(), fields.end(),
                               [&](const Field& field) { return field.name == name; });
  return it == fields.end() ? nullptr : &*it;
}

Failure unknown(std::string_view kind, std::string_view name, std::span<const Field> fields,
                const std::string& where) {
  std::string what = "unknown " + std::string(kind) + " " + in_quotes(name);
  std::vector<std::string> names;
  for (const auto& field : fields) names.emplace_back(field.name);
  const auto near = config::nearest(name.substr(0, 100), names);
  if (!near.empty()) {
    what += "; did you mean " + in_quotes(near) + "?";
  } else if (names.empty()) {
    what += "; none is allowed here";
  } else {
    what += "; allowed:";
    for (const auto& n : names) what += " " + n;
  }
  return fail(Code::invalid, what, where);
}

bool fits(const Json& value, Field::Type type) {
  switch (type) {
    case Field::Type::text: return value.is_string();
    case Field::Type::integer: return value.is_number_integer();
    case Field::Type::boolean: return value.is_boolean();
    case Field::Type::object: return value.is_object();
    case Field::Type::list: return value.is_array();
    case Field::Type::any: return true;
  }
  return false;
}

Result<void> check_bounds(const Json& value, const Field& field, const std::string& where) {
  if (field.type == Field::Type::integer) {
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    const bool above = value.is_number_unsigned() && value.get<std::uint64_t>() > most;
    const auto number =
        above ? std::numeric_limits<std::int64_t>::max() : value.get<std::int64_t>();
    if (above || number < field.min || number > field.max) {
      const bool no_max = field.max == std::numeric_limits<std::int64_t>::max();
      return fail(Code::invalid,
                  in_quotes(field.name) + " is " + value.dump() + "; it must be at least " +
                      std::to_string(field.min) +
                      (no_max ? "" : " and at most " + std::to_string(field.max)),
                  where);
    }
  }
  if (!field.one_of.empty()) {
    const auto& text = value.get_ref<const std::string&>();
    if (std::find(field.one_of.begin(), field.one_of.end(), text) == field.one_of.end()) {
      std::string what = in_quotes(field.name) + " is " + in_quotes(text) + "; it must be one of";
      for (const auto allowed : field.one_of) what += " " + std::string(allowed);
      return fail(Code::invalid, what, where);
    }
  }
  return {};
}

// A query's text as the JSON value that its field wants; text that does not fit stays text and is
// refused by the check of types.
Json from_text(const std::string& text, Field::Type type) {
  if (type == Field::Type::integer) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size()) return number;
  }
  if (type == Field::Type::boolean && (text == "true" || text == "false")) return text == "true";
  return text;
}

}  // namespace

std::string_view to_string(Field::Type type) {
  switch (type) {
    case Field::Type::text: return "string";
    case Field::Type::integer: return "integer";
    case Field::Type::boolean: return "boolean";
    case Field::Type::object: return "object";
    case Field::Type::list: return "array";
    case Field::Type::any: return "any";
  }
  return "any";
}

const Json* Arguments::find(std::string_view name) const {
  const auto it = object_.find(std::string(name));
  return it == object_.end() || it->is_null() ? nullptr : &*it;
}

std::optional<std::string> Arguments::text(std::string_view name) const {
  const auto* value = find(name);
  return value ? std::optional(value->get<std::string>()) : std::nullopt;
}

std::optional<std::int64_t> Arguments::integer(std::string_view name) const {
  const auto* value = find(name);
  return value ? std::optional(value->get<std::int64_t>()) : std::nullopt;
}

std::optional<bool> Arguments::boolean(std::string_view name) const {
  const auto* value = find(name);
  return value ? std::optional(value->get<bool>()) : std::nullopt;
}

Json Arguments::value(std::string_view name, Json otherwise) const {
  const auto it = object_.find(std::string(name));
  return it == object_.end() ? otherwise : *it;
}

std::vector<Json> Arguments::take_list(std::string_view name) {
  const auto it = object_.find(std::string(name));
  if (it == object_.end() || !it->is_array()) return {};
  return std::move(it->get_ref<Json::array_t&>());
}

Result<Arguments> read_body(Json body, std::span<const Field> fields, const std::string& pointer) {
  if (!body.is_object()) {
    return fail(Code::invalid, std::string("an object is expected, this is ") + body.type_name(),
                pointer);
  }
  for (const auto& [name, value] : body.items()) {
    const std::string where = below(pointer, name);
    const auto* field = find_field(fields, name);
    if (field == nullptr) return unknown("field", name, fields, where);
    if (value.is_null() && !field->required) continue;
    if (!fits(value, field->type)) {
      return fail(Code::invalid,
                  in_quotes(name) + " must be of type " + std::string(to_string(field->type)) +
                      ", this is " + value.type_name(),
                  where);
    }
    if (auto fine = check_bounds(value, *field, where); !fine) return Failure(fine.error());
  }
  for (const auto& field : fields) {
    if (field.required && !body.contains(std::string(field.name))) {
      return fail(Code::invalid, "the field " + in_quotes(field.name) + " is missing",
                  below(pointer, field.name));
    }
  }
  return Arguments(std::move(body));
}

Result<Arguments> read_query(const std::vector<std::pair<std::string, std::string>>& query,
                             std::span<const Field> fields) {
  Json object = Json::object();
  for (const auto& [name, text] : query) {
    const auto* field = find_field(fields, name);
    if (field == nullptr) return unknown("query parameter", name, fields, name.substr(0, 100));
    if (object.contains(name)) {
      return fail(Code::invalid, "the query parameter " + in_quotes(name) + " is given twice",
                  name);
    }
    Json value = from_text(text, field->type);
    if (!fits(value, field->type)) {
      return fail(Code::invalid,
                  "the query parameter " + in_quotes(name) + " must be of type " +
                      std::string(to_string(field->type)) + ", this is " + in_quotes(text),
                  name);
    }
    if (auto fine = check_bounds(value, *field, name); !fine) return Failure(fine.error());
    object[name] = std::move(value);
  }
  return Arguments(std::move(object));
}

}  // namespace endure::http
