#include "workflow/expressions/plain_values.hpp"

#include <algorithm>

#include "workflow/expressions/wire.hpp"

namespace endure::workflow {
namespace {

int rank(const Json& json) {
  switch (json.type()) {
    case Json::value_t::null: return 0;
    case Json::value_t::boolean: return json.get<bool>() ? 2 : 1;
    case Json::value_t::string: return 4;
    case Json::value_t::array: return 5;
    case Json::value_t::object: return 6;
    default: return 3;
  }
}

}  // namespace

bool spend(const Json& json, std::size_t& budget) {
  const std::size_t own =
      json.is_string() ? json.get_ref<const std::string&>().size() + 1 : json.size() + 1;
  if (own > budget) return false;
  budget -= own;
  if (json.is_object()) {
    for (const auto& [key, item] : json.get_ref<const Json::object_t&>()) {
      if (key.size() > budget) return false;
      budget -= key.size();
      if (!spend(item, budget)) return false;
    }
  } else if (json.is_array()) {
    return std::all_of(json.begin(), json.end(),
                       [&](const Json& item) { return spend(item, budget); });
  }
  return true;
}

std::optional<double> exact_double(const Json& json) {
  if (json.is_number_float()) return json.get<double>();
  if (json.is_number_unsigned()) {
    if (json.get<std::uint64_t>() > std::uint64_t{wire::max_exact_integer}) return std::nullopt;
    return json.get<double>();
  }
  if (!json.is_number_integer()) return std::nullopt;
  const auto number = json.get<std::int64_t>();
  if (number < -wire::max_exact_integer || number > wire::max_exact_integer) return std::nullopt;
  return static_cast<double>(number);
}

bool is_truthy(const Json& json) {
  return !json.is_null() && !(json.is_boolean() && !json.get<bool>());
}

std::optional<int> order_of(const Json& left, const Json& right) {
  const int kinds = rank(left) - rank(right);
  if (kinds != 0) return kinds;
  if (left.is_structured()) return std::nullopt;
  if (left.is_string()) {
    return left.get_ref<const std::string&>().compare(right.get_ref<const std::string&>());
  }
  if (!left.is_number()) return 0;
  const auto a = exact_double(left);
  const auto b = exact_double(right);
  if (!a || !b) return std::nullopt;
  return *a < *b ? -1 : (*a == *b ? 0 : 1);
}

bool append_text(const Json& json, std::string& out) {
  if (json.is_string()) {
    out += json.get_ref<const std::string&>();
  } else if (json.is_number_float() || json.is_structured()) {
    return false;
  } else {
    out += json.dump();
  }
  return true;
}

std::size_t code_points(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

}  // namespace endure::workflow
