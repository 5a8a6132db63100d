#include "workflow/parse/fields.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "workflow/parse/names.hpp"

namespace endure::workflow::parse {

namespace {

void expected_instead(Context& context, const Node& node, std::string_view expected) {
  const bool quote = expected.starts_with("text") && node.json().is_primitive();
  context.problems.add(node.pointer, "expected " + std::string(expected) + ", found " +
                                         type_name(node.json()) + (quote ? "; quote it" : ""));
}

}  // namespace

Fields::Fields(Context& context, Node node, std::string what)
    : context_(context),
      node_(std::move(node)),
      what_(std::move(what)),
      object_(node_.json().is_object()) {
  if (!object_) expected_instead(context_, node_, "an object (" + what_ + ")");
}

std::optional<Node> Fields::take(const std::string& key) {
  known_.push_back(key);
  if (!has(key)) return std::nullopt;
  return node_.member(key);
}

std::optional<Node> Fields::require(const std::string& key, std::string_view expected) {
  auto found = take(key);
  if (!found && object_) {
    context_.problems.add(node_.pointer,
                          what_ + " needs `" + key + "`: expected " + std::string(expected));
  }
  return found;
}

void Fields::unsupported(const std::string& key, const std::string& what) {
  if (const auto found = take(key)) context_.problems.unsupported(found->pointer, what);
}

void Fields::finish() {
  if (!object_) return;
  for (const auto& [key, value] : node_.json().items()) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    if (context_.problems.full()) return;
    std::vector<std::string> free;  // a name that stands here already is not what was meant
    std::copy_if(known_.begin(), known_.end(), std::back_inserter(free),
                 [this](const std::string& name) { return !node_.json().contains(name); });
    const auto& names = free.empty() ? known_ : free;
    context_.problems.add(node_.below(key),
                          shown(key) + " is not known in " + what_ + hint(key, names));
  }
}

std::optional<std::string> read_text(Context& context, const Node& node,
                                     std::string_view expected) {
  if (node.json().is_string()) return node.json().get<std::string>();
  expected_instead(context, node, expected);
  return std::nullopt;
}

std::optional<bool> read_boolean(Context& context, const Node& node) {
  if (node.json().is_boolean()) return node.json().get<bool>();
  expected_instead(context, node, "true or false");
  return std::nullopt;
}

std::optional<std::int64_t> read_integer(Context& context, const Node& node, std::int64_t from,
                                         std::int64_t to) {
  const std::string range = std::to_string(from) + " to " + std::to_string(to);
  if (!node.json().is_number_integer()) {
    expected_instead(context, node, "a whole number, " + range);
    return std::nullopt;
  }
  const bool huge = node.json().is_number_unsigned() &&
                    node.json().get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
  const std::int64_t number = huge ? INT64_MAX : node.json().get<std::int64_t>();
  if (number >= from && number <= to) return number;
  context.problems.add(node.pointer,
                       "expected a whole number, " + range + ", found " + node.json().dump());
  return std::nullopt;
}

std::optional<std::size_t> read_choice(Context& context, const Node& node,
                                       const std::vector<std::string>& allowed) {
  const auto text = read_text(context, node, "text");
  if (!text) return std::nullopt;
  const auto found = std::find(allowed.begin(), allowed.end(), *text);
  if (found != allowed.end()) return static_cast<std::size_t>(found - allowed.begin());
  context.problems.add(node.pointer, shown(*text) + " is not known here" + hint(*text, allowed));
  return std::nullopt;
}

std::optional<std::string> read_variable_name(Context& context, const Node& node) {
  static constexpr std::array<std::string_view, 9> taken = {"context", "input",         "output",
                                                            "secrets", "task",          "workflow",
                                                            "runtime", "authorization", "ENV"};
  auto text = read_text(context, node, "text (a variable's name)");
  if (!text) return std::nullopt;
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const bool name = !text->empty() && letter(text->front()) &&
                    std::all_of(text->begin(), text->end(),
                                [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
  if (!name) {
    context.problems.add(node.pointer, shown(*text) +
                                           " cannot name a variable; expected letters, digits and "
                                           "`_`, and no digit first");
    return std::nullopt;
  }
  if (std::find(taken.begin(), taken.end(), *text) != taken.end()) {
    context.problems.add(node.pointer,
                         "`$" + *text + "` is the runtime's own variable; choose another name");
    return std::nullopt;
  }
  return text;
}

bool check_list(Context& context, const Node& node, std::string_view expected) {
  if (node.json().is_array()) return true;
  expected_instead(context, node, expected);
  return false;
}

std::string type_name(const Json& json) {
  switch (json.type()) {
    case Json::value_t::object: return "an object";
    case Json::value_t::array: return "a list";
    case Json::value_t::string: return "text";
    case Json::value_t::boolean: return json.get<bool>() ? "`true`" : "`false`";
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
    case Json::value_t::number_float: return "the number " + json.dump();
    default: return "nothing";
  }
}

}  // namespace endure::workflow::parse
