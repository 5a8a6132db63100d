#include "workflow/schema/compiler.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>

#include "workflow/parse/document.hpp"
#include "workflow/parse/names.hpp"

namespace endure::workflow::schema {
namespace {

constexpr std::size_t max_depth = 64;
constexpr std::size_t max_nodes = 10'000;
constexpr std::size_t max_findings = 20;

constexpr const char* draft = "https://json-schema.org/draft/2020-12/schema";

// They describe, and check nothing.
const std::set<std::string> annotations = {
    "title",     "description", "default",         "examples",         "deprecated",    "readOnly",
    "writeOnly", "$comment",    "contentEncoding", "contentMediaType", "contentSchema", "format"};

const std::vector<std::string> keywords = {"$ref",
                                           "$defs",
                                           "$anchor",
                                           "type",
                                           "const",
                                           "enum",
                                           "minimum",
                                           "maximum",
                                           "exclusiveMinimum",
                                           "exclusiveMaximum",
                                           "multipleOf",
                                           "minLength",
                                           "maxLength",
                                           "pattern",
                                           "minItems",
                                           "maxItems",
                                           "minContains",
                                           "maxContains",
                                           "uniqueItems",
                                           "prefixItems",
                                           "items",
                                           "contains",
                                           "unevaluatedItems",
                                           "minProperties",
                                           "maxProperties",
                                           "required",
                                           "properties",
                                           "patternProperties",
                                           "additionalProperties",
                                           "propertyNames",
                                           "unevaluatedProperties",
                                           "dependentRequired",
                                           "dependentSchemas",
                                           "not",
                                           "if",
                                           "then",
                                           "else",
                                           "allOf",
                                           "anyOf",
                                           "oneOf",
                                           "title",
                                           "description",
                                           "default",
                                           "examples",
                                           "format"};

// What other drafts call what 2020-12 has, or what this version leaves out.
const std::map<std::string, std::string> refused = {
    {"$dynamicRef", "dynamic references are not supported by this version of Endure; use `$ref`"},
    {"$dynamicAnchor",
     "dynamic anchors are not supported by this version of Endure; use `$anchor`"},
    {"$recursiveRef", "`$recursiveRef` is of an older draft; use `$ref`"},
    {"$recursiveAnchor", "`$recursiveAnchor` is of an older draft; use `$anchor`"},
    {"$vocabulary", "vocabularies are not supported by this version of Endure"},
    {"id", "`id` is of an older draft; use `$id`"},
    {"dependencies",
     "`dependencies` is of an older draft; use `dependentRequired` or "
     "`dependentSchemas`"},
    {"additionalItems", "`additionalItems` is of an older draft; use `prefixItems` and `items`"},
    {"divisibleBy", "`divisibleBy` is of an older draft; use `multipleOf`"},
    {"extends", "`extends` is of an older draft; use `allOf`"},
    {"disallow", "`disallow` is of an older draft; use `not`"}};

const std::map<std::string, std::uint8_t> types = {
    {"null", type_null},      {"boolean", type_boolean}, {"object", type_object},
    {"array", type_array},    {"string", type_string},   {"number", type_number},
    {"integer", type_integer}};

std::string below(const std::string& pointer, const std::string& key) {
  return pointer + parse::pointer_segment(key);
}

std::string unescaped(const std::string& fragment) {  // %25 and the like, as in a URI
  std::string out;
  for (std::size_t i = 0; i < fragment.size(); ++i) {
    const auto hex = [&](std::size_t at) {
      const char c = at < fragment.size() ? fragment[at] : 'x';
      if (c >= '0' && c <= '9') return c - '0';
      if (c >= 'a' && c <= 'f') return c - 'a' + 10;
      return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    };
    if (fragment[i] == '%' && hex(i + 1) >= 0 && hex(i + 2) >= 0) {
      out += static_cast<char>(hex(i + 1) * 16 + hex(i + 2));
      i += 2;
    } else {
      out += fragment[i];
    }
  }
  return out;
}

}  // namespace

std::vector<Node> Compiler::compile() {
  add(document_, "", 0);
  resolve_references();
  if (findings_.empty()) refuse_endless_references();
  return std::move(nodes_);
}

void Compiler::note(const std::string& pointer, std::string what) {
  if (findings_.size() < max_findings) findings_.push_back({pointer, std::move(what)});
}

NodeId Compiler::add(const Json& json, const std::string& pointer, std::size_t depth) {
  if (nodes_.size() >= max_nodes || depth > max_depth) {
    note(pointer, "the schema is too large or too deeply nested");
    return 0;
  }
  const auto id = static_cast<NodeId>(nodes_.size());
  nodes_.emplace_back();
  pointers_.push_back(pointer);
  places_.emplace(pointer, id);
  if (json.is_boolean()) {
    nodes_[id].never = !json.get<bool>();
  } else if (json.is_object()) {
    Node node;
    read(json, pointer, depth, node);
    if (const auto anchor = json.find("$anchor"); anchor != json.end() && anchor->is_string()) {
      places_.emplace("#" + anchor->get<std::string>(), id);
    }
    nodes_[id] = std::move(node);
  } else {
    note(pointer, "expected a schema: an object, true or false");
  }
  return id;
}

void Compiler::read(const Json& json, const std::string& pointer, std::size_t depth, Node& node) {
  for (const auto& [key, value] : json.items()) {
    read_member(key, value, below(pointer, key), depth, node);
  }
  if (const auto reference = json.find("$ref"); reference != json.end()) {
    if (reference->is_string()) {
      references_.push_back(
          {places_.at(pointer), reference->get<std::string>(), below(pointer, "$ref")});
    } else {
      note(below(pointer, "$ref"), "expected text such as '#/$defs/name'");
    }
  }
}

void Compiler::read_member(const std::string& key, const Json& json, const std::string& at,
                           std::size_t depth, Node& node) {
  if (annotations.contains(key) || key.starts_with("x-") || key == "$ref") return;
  if (key == "$id" || key == "$schema" || key == "$anchor") return read_identity(key, json, at);
  if (key == "type") return read_types(json, at, node);
  if (key == "const") {
    node.constant = json;
  } else if (key == "enum") {
    if (!json.is_array()) return note(at, "expected a list of the values that are allowed");
    node.enumeration.emplace(json.begin(), json.end());
  } else if (key == "pattern") {
    if (!json.is_string()) return note(at, "expected text (a regular expression)");
    node.pattern = read_pattern(json.get<std::string>(), at);
  } else if (key == "uniqueItems") {
    if (!json.is_boolean()) return note(at, "expected true or false");
    node.unique_items = json.get<bool>();
  } else if (key == "required") {
    node.required = read_names(json, at);
  } else if (key == "dependentRequired") {
    read_dependent_required(json, at, node);
  } else if (!read_number_keyword(key, json, at, node) &&
             !read_count_keyword(key, json, at, node) &&
             !read_schema_keyword(key, json, at, depth, node) &&
             !read_schema_list(key, json, at, depth, node) &&
             !read_schema_map(key, json, at, depth, node)) {
    refuse_keyword(key, at);
  }
}

bool Compiler::read_number_keyword(const std::string& key, const Json& json, const std::string& at,
                                   Node& node) {
  std::optional<Json>* member = key == "minimum"            ? &node.minimum
                                : key == "maximum"          ? &node.maximum
                                : key == "exclusiveMinimum" ? &node.exclusive_minimum
                                : key == "exclusiveMaximum" ? &node.exclusive_maximum
                                : key == "multipleOf"       ? &node.multiple_of
                                                            : nullptr;
  if (member == nullptr) return false;
  if (!json.is_number()) {
    note(at, "expected a number");
  } else if (key == "multipleOf" && json.get<double>() <= 0) {
    note(at, "expected a number above 0");
  } else {
    *member = json;
  }
  return true;
}

bool Compiler::read_count_keyword(const std::string& key, const Json& json, const std::string& at,
                                  Node& node) {
  const std::map<std::string, std::optional<std::uint64_t>*> counts = {
      {"minLength", &node.min_length},         {"maxLength", &node.max_length},
      {"minItems", &node.min_items},           {"maxItems", &node.max_items},
      {"minContains", &node.min_contains},     {"maxContains", &node.max_contains},
      {"minProperties", &node.min_properties}, {"maxProperties", &node.max_properties}};
  const auto found = counts.find(key);
  if (found == counts.end()) return false;
  const bool whole =
      json.is_number_integer() ||
      (json.is_number_float() && std::trunc(json.get<double>()) == json.get<double>());
  if (!whole || json.get<double>() < 0 || json.get<double>() > 1e15) {
    note(at, "expected a whole number, 0 or more");
  } else {
    *found->second = json.get<std::uint64_t>();
  }
  return true;
}

bool Compiler::read_schema_keyword(const std::string& key, const Json& json, const std::string& at,
                                   std::size_t depth, Node& node) {
  const std::map<std::string, std::optional<NodeId>*> schemas = {
      {"items", &node.items},
      {"contains", &node.contains},
      {"unevaluatedItems", &node.unevaluated_items},
      {"additionalProperties", &node.additional_properties},
      {"propertyNames", &node.property_names},
      {"unevaluatedProperties", &node.unevaluated_properties},
      {"not", &node.not_},
      {"if", &node.if_},
      {"then", &node.then_},
      {"else", &node.else_}};
  const auto found = schemas.find(key);
  if (found == schemas.end()) return false;
  if (key == "items" && json.is_array()) {
    note(at, "a list under `items` is of an older draft; use `prefixItems`");
  } else {
    *found->second = add(json, at, depth + 1);
  }
  return true;
}

bool Compiler::read_schema_list(const std::string& key, const Json& json, const std::string& at,
                                std::size_t depth, Node& node) {
  std::vector<NodeId>* list = key == "allOf"         ? &node.all_of
                              : key == "anyOf"       ? &node.any_of
                              : key == "oneOf"       ? &node.one_of
                              : key == "prefixItems" ? &node.prefix_items
                                                     : nullptr;
  if (list == nullptr) return false;
  if (!json.is_array() || json.empty()) {
    note(at, "expected a list of schemas, one at least");
    return true;
  }
  for (std::size_t i = 0; i < json.size(); ++i) {
    list->push_back(add(json[i], at + "/" + std::to_string(i), depth + 1));
  }
  return true;
}

bool Compiler::read_schema_map(const std::string& key, const Json& json, const std::string& at,
                               std::size_t depth, Node& node) {
  const bool known = key == "properties" || key == "patternProperties" ||
                     key == "dependentSchemas" || key == "$defs" || key == "definitions";
  if (!known) return false;
  if (!json.is_object()) {
    note(at, "expected an object of schemas by name");
    return true;
  }
  for (const auto& [name, value] : json.items()) {
    const std::string place = below(at, name);
    const NodeId id = add(value, place, depth + 1);
    if (key == "properties") {
      node.properties.emplace(name, id);
    } else if (key == "dependentSchemas") {
      node.dependent_schemas.emplace(name, id);
    } else if (key == "patternProperties") {
      if (auto pattern = read_pattern(name, place)) {
        node.pattern_properties.emplace_back(*std::move(pattern), id);
      }
    }
  }
  return true;
}

void Compiler::read_types(const Json& json, const std::string& at, Node& node) {
  const Json list = json.is_array() ? json : Json::array({json});
  if (list.empty()) note(at, "expected the name of a type, or a list of such names");
  for (const Json& name : list) {
    const auto found = name.is_string() ? types.find(name.get<std::string>()) : types.end();
    if (found != types.end()) {
      node.types |= found->second;
      continue;
    }
    std::vector<std::string> names;
    names.reserve(types.size());
    for (const auto& [known, bit] : types) names.push_back(known);
    const std::string text = name.is_string() ? name.get<std::string>() : name.dump();
    note(at, parse::shown(text) + " is no type" + parse::hint(text, names));
  }
}

void Compiler::read_identity(const std::string& key, const Json& json, const std::string& at) {
  if (!json.is_string()) return note(at, "expected text");
  const auto text = json.get<std::string>();
  if (key == "$schema") {
    const std::string plain = text.substr(0, text.find('#'));
    if (plain != draft) {
      note(at,
           parse::shown(text) + " is another draft; this version of Endure reads `" + draft + "`");
    }
  } else if (key == "$id") {
    if (at != "/$id")
      return note(at, "`$id` below the root is not supported by this version of Endure");
    id_ = text.substr(0, text.find('#'));
  }
}

void Compiler::read_dependent_required(const Json& json, const std::string& at, Node& node) {
  if (!json.is_object()) return note(at, "expected an object of lists of names");
  for (const auto& [name, names] : json.items()) {
    node.dependent_required.emplace(name, read_names(names, below(at, name)));
  }
}

std::vector<std::string> Compiler::read_names(const Json& json, const std::string& at) {
  std::vector<std::string> names;
  if (!json.is_array()) {
    note(at, "expected a list of names");
    return names;
  }
  for (const Json& name : json) {
    if (name.is_string()) {
      names.push_back(name.get<std::string>());
    } else {
      note(at, "expected a list of names, found " + name.dump() + " in it");
    }
  }
  return names;
}

std::optional<Pattern> Compiler::read_pattern(const std::string& text, const std::string& at) {
  auto pattern = Pattern::compile(text);
  if (pattern) return *std::move(pattern);
  note(at, pattern.error().what);
  return std::nullopt;
}

void Compiler::refuse_keyword(const std::string& key, const std::string& at) {
  if (const auto found = refused.find(key); found != refused.end()) return note(at, found->second);
  const std::string near = parse::nearest(key, keywords);
  note(at, parse::shown(key) + " is no keyword of JSON Schema, so it would check nothing" +
               (near.empty() ? "; remove it, or begin its name with `x-`"
                             : "; did you mean " + parse::shown(near) + "?"));
}

// -- references -----------------------------------------------------------------

// A key of places_, or empty where it leads out of the document.
std::string Compiler::target_of(const std::string& reference) const {
  const auto hash = reference.find('#');
  const std::string base = reference.substr(0, hash);
  if (!base.empty() && base != id_) return {};
  const std::string fragment =
      hash == std::string::npos ? std::string() : unescaped(reference.substr(hash + 1));
  if (fragment.empty() || fragment.front() == '/') return "." + fragment;
  return ".#" + fragment;
}

void Compiler::resolve_references() {
  for (const Reference& reference : references_) {
    const std::string target = target_of(reference.text);
    if (target.empty()) {
      note(reference.at, parse::shown(reference.text) +
                             " is another document; only references within the schema (#/…) are "
                             "followed");
      continue;
    }
    const auto found = places_.find(target.substr(1));
    if (found == places_.end()) {
      note(reference.at, parse::shown(reference.text) + " leads to no schema of this document");
    } else {
      nodes_[reference.from].ref = found->second;
    }
  }
}

// A schema that leads back to itself without going down into the data would never end.
void Compiler::refuse_endless_references() {
  enum class Seen : std::uint8_t { not_yet, open, done };
  std::vector<Seen> seen(nodes_.size(), Seen::not_yet);
  const auto in_place = [this](NodeId id) {
    const Node& node = nodes_[id];
    std::vector<NodeId> out;
    for (const auto& one : {node.ref, node.not_, node.if_, node.then_, node.else_}) {
      if (one) out.push_back(*one);
    }
    for (const auto* list : {&node.all_of, &node.any_of, &node.one_of}) {
      out.insert(out.end(), list->begin(), list->end());
    }
    for (const auto& [name, one] : node.dependent_schemas) out.push_back(one);
    return out;
  };
  struct Step {
    NodeId id;
    std::vector<NodeId> left;
  };
  for (NodeId root = 0; root < nodes_.size(); ++root) {
    if (seen[root] != Seen::not_yet) continue;
    std::vector<Step> stack{{root, in_place(root)}};
    seen[root] = Seen::open;
    while (!stack.empty()) {
      if (stack.back().left.empty()) {
        seen[stack.back().id] = Seen::done;
        stack.pop_back();
        continue;
      }
      const NodeId next = stack.back().left.back();
      stack.back().left.pop_back();
      if (seen[next] == Seen::open) {
        return note(pointers_[next], "the schema refers to itself without end");
      }
      if (seen[next] == Seen::done) continue;
      seen[next] = Seen::open;
      stack.push_back({next, in_place(next)});
    }
  }
}

}  // namespace endure::workflow::schema
