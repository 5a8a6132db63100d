// Reads an object member by member and refuses what nobody asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "workflow/parse/context.hpp"

namespace endure::workflow::parse {

class Fields {
 public:
  // Where `node` is no object, that is a problem and the object reads as empty. `what` is its name
  // in messages: "a task".
  Fields(Context& context, Node node, std::string what);

  bool is_object() const { return object_; }
  const Node& node() const { return node_; }
  bool has(const std::string& key) const { return object_ && node_.json().contains(key); }

  // The member, if it is there.
  std::optional<Node> take(const std::string& key);
  // The same; its absence is a problem. `expected` says what belongs there: "an ISO 8601 duration".
  std::optional<Node> require(const std::string& key, std::string_view expected);
  // A member that the language has but this version does not run is refused where it is there.
  void unsupported(const std::string& key, const std::string& what);
  // Refuses every member that was not asked for, with the nearest name among those that were.
  void finish();

 private:
  Context& context_;
  Node node_;
  std::string what_;
  bool object_;
  std::vector<std::string> known_;
};

// Each gives nothing, and notes a problem, where the value is of another type.
std::optional<std::string> read_text(Context& context, const Node& node, std::string_view expected);
std::optional<bool> read_boolean(Context& context, const Node& node);
std::optional<std::int64_t> read_integer(Context& context, const Node& node, std::int64_t from,
                                         std::int64_t to);
// One of `allowed`, as its index.
std::optional<std::size_t> read_choice(Context& context, const Node& node,
                                       const std::vector<std::string>& allowed);
// A name that expressions can use as a variable.
std::optional<std::string> read_variable_name(Context& context, const Node& node);
// False, and a problem, where `node` is no list.
bool check_list(Context& context, const Node& node, std::string_view expected);

// "an object", "text", …
std::string type_name(const Json& json);

}  // namespace endure::workflow::parse
