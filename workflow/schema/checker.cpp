#include "workflow/schema/checker.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "workflow/parse/document.hpp"
#include "workflow/parse/names.hpp"

namespace endure::workflow::schema {
namespace {

constexpr std::size_t max_findings = 5;
constexpr std::size_t max_depth = 1'000;
constexpr std::size_t max_shown = 100;

bool is_whole(const Json& value) {
  if (value.is_number_integer()) return true;
  if (!value.is_number_float()) return false;
  const double number = value.get<double>();
  return std::isfinite(number) && std::trunc(number) == number;
}

std::uint8_t types_of(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null: return type_null;
    case Json::value_t::boolean: return type_boolean;
    case Json::value_t::object: return type_object;
    case Json::value_t::array: return type_array;
    case Json::value_t::string: return type_string;
    default: return is_whole(value) ? type_number | type_integer : type_number;
  }
}

std::string names_of(std::uint8_t types) {
  static constexpr std::pair<std::uint8_t, const char*> names[] = {
      {type_null, "null"},
      {type_boolean, "true or false"},
      {type_object, "an object"},
      {type_array, "a list"},
      {type_string, "text"},
      {type_number, "a number"},
      {type_integer, "a whole number"}};
  std::string text;
  for (const auto& [bit, name] : names) {
    if ((types & bit) == 0) continue;
    text += (text.empty() ? "" : " or ") + std::string(name);
  }
  return text;
}

// The value where it is short, else what it is: a finding goes into errors and histories.
std::string shown(const Json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "a list";
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() <= max_shown) return text;
  return value.is_string() ? "a text of " + std::to_string(text.size() - 2) + " bytes" : text;
}

// Wide enough for every integer of 64 bits and every double.
long double number_of(const Json& value) {
  if (value.is_number_unsigned()) return static_cast<long double>(value.get<std::uint64_t>());
  if (value.is_number_integer()) return static_cast<long double>(value.get<std::int64_t>());
  return static_cast<long double>(value.get<double>());
}

bool is_multiple(const Json& value, const Json& of) {
  if (value.is_number_integer() && of.is_number_integer()) {
    return std::fmod(number_of(value), number_of(of)) == 0;
  }
  const double times = value.get<double>() / of.get<double>();
  if (!std::isfinite(times)) return false;
  return std::abs(times - std::round(times)) <= 1e-9 * std::max(1.0, std::abs(times));
}

std::uint64_t code_points(const std::string& text) {
  return static_cast<std::uint64_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

bool has_duplicates(const Json& list) {
  std::vector<const Json*> items;
  items.reserve(list.size());
  for (const Json& item : list) items.push_back(&item);
  std::sort(items.begin(), items.end(), [](const Json* a, const Json* b) { return *a < *b; });
  return std::adjacent_find(items.begin(), items.end(),
                            [](const Json* a, const Json* b) { return *a == *b; }) != items.end();
}

std::string count(std::uint64_t number, const std::string& what) {
  return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

}  // namespace

void Checker::Marks::add(const Marks& other) {
  all_members = all_members || other.all_members;
  all_items = all_items || other.all_items;
  members.insert(other.members.begin(), other.members.end());
  items.insert(other.items.begin(), other.items.end());
}

std::vector<JsonSchema::Finding> Checker::check(const Json& value) {
  Marks marks;
  const bool good = fits(0, value, marks);
  if (gave_up_) return {{"", "it is too large or too deeply nested to be checked"}};
  if (!good && findings_.empty()) findings_.push_back({"", "it does not fit"});
  return std::move(findings_);
}

bool Checker::spend(std::size_t work) {
  if (work > work_left_) gave_up_ = true;
  if (gave_up_) return false;
  work_left_ -= work;
  return true;
}

bool Checker::note(std::string what) {
  if (quiet_ == 0 && findings_.size() < max_findings) findings_.push_back({at_, std::move(what)});
  return false;
}

bool Checker::matches(const Pattern& pattern, const std::string& text) {
  if (!spend(text.size() * 8)) return false;
  const auto found = pattern.found_in(text);
  if (!found) gave_up_ = true;
  return found.value_or(false);
}

bool Checker::fits(NodeId id, const Json& value, Marks& around) {
  if (!spend(1) || depth_ >= max_depth) {
    gave_up_ = true;
    return false;
  }
  ++depth_;
  const Node& node = nodes_[id];
  // The unevaluated… keywords see what their own schema has looked at, not its neighbours.
  Marks own;
  Marks& marks = node.unevaluated_properties || node.unevaluated_items ? own : around;
  bool good = true;
  if (node.never) {
    good = note("nothing is allowed here, found " + shown(value));
  } else if (!fits_anything(node, value)) {
    good = false;  // of another type altogether: the rest would only repeat it
  } else {
    if (value.is_number()) good = fits_number(node, value);
    if (value.is_string()) good = fits_text(node, value);
    good = fits_combined(node, value, marks) && good;
    if (value.is_array()) good = fits_list(node, value, marks) && good;
    if (value.is_object()) good = fits_object(node, value, marks) && good;
    good = fits_unevaluated(node, value, marks) && good;
  }
  if (&marks == &own) around.add(own);
  --depth_;
  return good && !gave_up_;
}

bool Checker::fits_below(NodeId id, const Json& value, const std::string& key) {
  const std::size_t length = at_.size();
  if (quiet_ == 0) at_ += parse::pointer_segment(key);
  Marks own;
  const bool good = fits(id, value, own);
  at_.resize(length);
  return good;
}

bool Checker::fits_quietly(NodeId id, const Json& value, Marks& marks) {
  ++quiet_;
  Marks own;
  const bool good = fits(id, value, own);
  --quiet_;
  if (good) marks.add(own);
  return good;
}

bool Checker::fits_anything(const Node& node, const Json& value) {
  if (node.types != 0 && (node.types & types_of(value)) == 0) {
    return note("expected " + names_of(node.types) + ", found " + shown(value));
  }
  if (node.constant && *node.constant != value) {
    return note("expected " + shown(*node.constant) + ", found " + shown(value));
  }
  if (!node.enumeration) return true;
  const auto& allowed = *node.enumeration;
  if (!spend(allowed.size())) return false;
  if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return true;
  std::string list;
  for (const Json& one : allowed) {
    if (list.size() > max_shown) {
      list += ", …";
      break;
    }
    list += (list.empty() ? "" : ", ") + shown(one);
  }
  return note("expected one of " + list + "; found " + shown(value));
}

bool Checker::fits_number(const Node& node, const Json& value) {
  bool good = true;
  const long double number = number_of(value);
  const auto bound = [&](const std::optional<Json>& limit, bool within, const char* what) {
    if (limit && !within) {
      good =
          note(std::string("expected ") + what + " " + limit->dump() + ", found " + shown(value));
    }
  };
  bound(node.minimum, node.minimum && number >= number_of(*node.minimum), "at least");
  bound(node.maximum, node.maximum && number <= number_of(*node.maximum), "at most");
  bound(node.exclusive_minimum,
        node.exclusive_minimum && number > number_of(*node.exclusive_minimum), "more than");
  bound(node.exclusive_maximum,
        node.exclusive_maximum && number < number_of(*node.exclusive_maximum), "less than");
  bound(node.multiple_of, node.multiple_of && is_multiple(value, *node.multiple_of),
        "a multiple of");
  return good;
}

bool Checker::fits_text(const Node& node, const Json& value) {
  const auto& text = value.get_ref<const std::string&>();
  bool good = true;
  if (node.min_length || node.max_length) {
    const auto length = code_points(text);
    if (node.min_length && length < *node.min_length) {
      good = note("expected at least " + count(*node.min_length, "character") + ", found " +
                  std::to_string(length));
    }
    if (node.max_length && length > *node.max_length) {
      good = note("expected at most " + count(*node.max_length, "character") + ", found " +
                  std::to_string(length));
    }
  }
  if (node.pattern && !matches(*node.pattern, text)) {
    good = note("expected text that matches " + parse::shown(node.pattern->text()) + ", found " +
                shown(value));
  }
  return good;
}

// -- lists ----------------------------------------------------------------------

bool Checker::fits_list(const Node& node, const Json& value, Marks& marks) {
  bool good = true;
  if (node.min_items && value.size() < *node.min_items) {
    good = note("expected at least " + count(*node.min_items, "item") + ", found " +
                std::to_string(value.size()));
  }
  if (node.max_items && value.size() > *node.max_items) {
    good = note("expected at most " + count(*node.max_items, "item") + ", found " +
                std::to_string(value.size()));
  }
  if (node.unique_items && value.size() > 1) {
    if (!spend(value.size() * 16)) return false;
    if (has_duplicates(value)) good = note("expected items that all differ");
  }
  const std::size_t prefix = std::min(node.prefix_items.size(), value.size());
  for (std::size_t i = 0; i < value.size() && !gave_up_; ++i) {
    if (i < prefix) {
      good = fits_below(node.prefix_items[i], value[i], std::to_string(i)) && good;
      if (tracks_) marks.items.insert(i);
    } else if (node.items) {
      good = fits_below(*node.items, value[i], std::to_string(i)) && good;
    } else {
      break;
    }
  }
  if (node.items) marks.all_items = true;
  return fits_contains(node, value, marks) && good;
}

bool Checker::fits_contains(const Node& node, const Json& value, Marks& marks) {
  if (!node.contains) return true;
  std::uint64_t found = 0;
  for (std::size_t i = 0; i < value.size() && !gave_up_; ++i) {
    Marks own;
    if (!fits_quietly(*node.contains, value[i], own)) continue;
    ++found;
    marks.items.insert(i);
  }
  if (found < node.min_contains.value_or(1)) {
    return note("expected at least " + count(node.min_contains.value_or(1), "item") +
                " that fits `contains`, found " + std::to_string(found));
  }
  if (node.max_contains && found > *node.max_contains) {
    return note("expected at most " + count(*node.max_contains, "item") +
                " that fits `contains`, found " + std::to_string(found));
  }
  return true;
}

// -- objects --------------------------------------------------------------------

bool Checker::fits_object(const Node& node, const Json& value, Marks& marks) {
  bool good = true;
  if (node.min_properties && value.size() < *node.min_properties) {
    good = note("expected at least " + count(*node.min_properties, "member") + ", found " +
                std::to_string(value.size()));
  }
  if (node.max_properties && value.size() > *node.max_properties) {
    good = note("expected at most " + count(*node.max_properties, "member") + ", found " +
                std::to_string(value.size()));
  }
  for (const auto& name : node.required) {
    if (!value.contains(name)) good = note("the member " + parse::shown(name) + " is missing");
  }
  good = fits_members(node, value, marks) && good;
  return fits_dependencies(node, value, marks) && good;
}

bool Checker::fits_members(const Node& node, const Json& value, Marks& marks) {
  if (node.properties.empty() && node.pattern_properties.empty() && !node.additional_properties &&
      !node.property_names) {
    return true;
  }
  bool good = true;
  for (const auto& [name, member] : value.get_ref<const Json::object_t&>()) {
    if (gave_up_) return false;
    if (node.property_names) {
      Marks own;
      if (!fits_quietly(*node.property_names, Json(name), own)) {
        good = note("the name " + parse::shown(name) + " is not allowed here");
      }
    }
    bool known = false;
    if (const auto property = node.properties.find(name); property != node.properties.end()) {
      known = true;
      good = fits_below(property->second, member, name) && good;
    }
    for (const auto& [pattern, id] : node.pattern_properties) {
      if (!matches(pattern, name)) continue;
      known = true;
      good = fits_below(id, member, name) && good;
    }
    if (known) {
      if (tracks_) marks.members.insert(name);
    } else if (node.additional_properties && nodes_[*node.additional_properties].never) {
      good = note("the member " + parse::shown(name) + " is not known here");
    } else if (node.additional_properties) {
      good = fits_below(*node.additional_properties, member, name) && good;
    }
  }
  if (node.additional_properties) marks.all_members = true;
  return good;
}

bool Checker::fits_dependencies(const Node& node, const Json& value, Marks& marks) {
  bool good = true;
  for (const auto& [name, needed] : node.dependent_required) {
    if (!value.contains(name)) continue;
    for (const auto& other : needed) {
      if (value.contains(other)) continue;
      good = note("the member " + parse::shown(name) + " needs the member " + parse::shown(other));
    }
  }
  for (const auto& [name, id] : node.dependent_schemas) {
    if (value.contains(name)) good = fits(id, value, marks) && good;
  }
  return good;
}

// -- schemas on the same value ----------------------------------------------------

bool Checker::fits_combined(const Node& node, const Json& value, Marks& marks) {
  bool good = true;
  if (node.ref) good = fits(*node.ref, value, marks);
  for (const NodeId id : node.all_of) good = fits(id, value, marks) && good;
  if (!node.any_of.empty()) {
    bool any = false;  // all are looked at: each may mark other members
    for (const NodeId id : node.any_of) any = fits_quietly(id, value, marks) || any;
    if (!any) good = note("it fits none of the schemas under `anyOf`");
  }
  if (!node.one_of.empty()) good = fits_one_of(node, value, marks) && good;
  if (node.not_) {
    Marks own;
    if (fits_quietly(*node.not_, value, own)) good = note("it fits what `not` excludes");
  }
  if (node.if_) {
    const auto& branch = fits_quietly(*node.if_, value, marks) ? node.then_ : node.else_;
    if (branch) good = fits(*branch, value, marks) && good;
  }
  return good;
}

bool Checker::fits_one_of(const Node& node, const Json& value, Marks& marks) {
  std::size_t fitting = 0;
  for (const NodeId id : node.one_of) {
    if (fits_quietly(id, value, marks)) ++fitting;
  }
  if (fitting == 1) return true;
  return note(fitting == 0 ? std::string("it fits none of the schemas under `oneOf`")
                           : "it fits " + std::to_string(fitting) +
                                 " of the schemas under `oneOf`, and only one is allowed");
}

bool Checker::fits_unevaluated(const Node& node, const Json& value, Marks& marks) {
  bool good = true;
  if (node.unevaluated_properties && value.is_object() && !marks.all_members) {
    for (const auto& [name, member] : value.get_ref<const Json::object_t&>()) {
      if (marks.members.contains(name)) continue;
      if (nodes_[*node.unevaluated_properties].never) {
        good = note("the member " + parse::shown(name) + " is not known here");
      } else {
        good = fits_below(*node.unevaluated_properties, member, name) && good;
      }
    }
    marks.all_members = true;
  }
  if (node.unevaluated_items && value.is_array() && !marks.all_items) {
    for (std::size_t i = 0; i < value.size() && !gave_up_; ++i) {
      if (marks.items.contains(i)) continue;
      good = fits_below(*node.unevaluated_items, value[i], std::to_string(i)) && good;
    }
    marks.all_items = true;
  }
  return good;
}

}  // namespace endure::workflow::schema
