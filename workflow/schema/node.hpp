// A compiled JSON Schema: one node for each schema in the document.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "workflow/json_schema.hpp"
#include "workflow/schema/pattern.hpp"

namespace endure::workflow::schema {

using NodeId = std::uint32_t;

enum TypeBit : std::uint8_t {
  type_null = 1,
  type_boolean = 2,
  type_object = 4,
  type_array = 8,
  type_string = 16,
  type_number = 32,  // integers too
  type_integer = 64,
};

struct Node {
  bool never = false;      // the schema `false`
  std::uint8_t types = 0;  // TypeBit; 0: any
  std::optional<Json> constant;
  std::optional<std::vector<Json>> enumeration;

  std::optional<Json> minimum, maximum, exclusive_minimum, exclusive_maximum, multiple_of;

  std::optional<std::uint64_t> min_length, max_length;
  std::optional<Pattern> pattern;

  std::optional<std::uint64_t> min_items, max_items, min_contains, max_contains;
  bool unique_items = false;
  std::vector<NodeId> prefix_items;
  std::optional<NodeId> items, contains, unevaluated_items;

  std::optional<std::uint64_t> min_properties, max_properties;
  std::vector<std::string> required;
  std::map<std::string, NodeId> properties;
  std::vector<std::pair<Pattern, NodeId>> pattern_properties;
  std::optional<NodeId> additional_properties, property_names, unevaluated_properties;
  std::map<std::string, std::vector<std::string>> dependent_required;
  std::map<std::string, NodeId> dependent_schemas;

  std::optional<NodeId> ref, not_, if_, then_, else_;
  std::vector<NodeId> all_of, any_of, one_of;
};

}  // namespace endure::workflow::schema

namespace endure::workflow {

struct JsonSchema::Nodes {
  std::vector<schema::Node> list;  // [0] is the document
  bool tracks = false;             // see schema::Checker
};

}  // namespace endure::workflow
