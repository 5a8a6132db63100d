// Checks data against the nodes of a compiled schema.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "workflow/schema/node.hpp"

namespace endure::workflow::schema {

class Checker {
 public:
  // `tracks`: some node has one of the unevaluated… keywords.
  Checker(const std::vector<Node>& nodes, bool tracks) : nodes_(nodes), tracks_(tracks) {}

  std::vector<JsonSchema::Finding> check(const Json& value);

 private:
  // Which members and items some schema has looked at: for the unevaluated… keywords.
  struct Marks {
    bool all_members = false;
    bool all_items = false;
    std::set<std::string> members;
    std::set<std::size_t> items;

    void add(const Marks& other);
  };

  // Each is false where the data does not fit; why is noted unless `quiet_`.
  bool fits(NodeId id, const Json& value, Marks& around);
  bool fits_below(NodeId id, const Json& value, const std::string& key);
  bool fits_quietly(NodeId id, const Json& value, Marks& marks);
  bool fits_anything(const Node& node, const Json& value);
  bool fits_number(const Node& node, const Json& value);
  bool fits_text(const Node& node, const Json& value);
  bool fits_list(const Node& node, const Json& value, Marks& marks);
  bool fits_contains(const Node& node, const Json& value, Marks& marks);
  bool fits_object(const Node& node, const Json& value, Marks& marks);
  bool fits_members(const Node& node, const Json& value, Marks& marks);
  bool fits_dependencies(const Node& node, const Json& value, Marks& marks);
  bool fits_combined(const Node& node, const Json& value, Marks& marks);
  bool fits_one_of(const Node& node, const Json& value, Marks& marks);
  bool fits_unevaluated(const Node& node, const Json& value, Marks& marks);

  bool matches(const Pattern& pattern, const std::string& text);
  bool spend(std::size_t work);
  bool note(std::string what);  // false

  const std::vector<Node>& nodes_;
  const bool tracks_;
  std::vector<JsonSchema::Finding> findings_;
  std::string at_;  // the pointer of the value that is checked
  std::size_t depth_ = 0;
  std::size_t quiet_ = 0;
  std::size_t work_left_ = 5'000'000;
  bool gave_up_ = false;
};

}  // namespace endure::workflow::schema
