// Reads a JSON Schema document into nodes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "workflow/schema/node.hpp"

namespace endure::workflow::schema {

class Compiler {
 public:
  explicit Compiler(const Json& document) : document_(document) {}

  // The nodes; what is wrong is in findings().
  std::vector<Node> compile();
  std::vector<JsonSchema::Finding>& findings() { return findings_; }

 private:
  NodeId add(const Json& json, const std::string& pointer, std::size_t depth);
  void read(const Json& json, const std::string& pointer, std::size_t depth, Node& node);
  void read_member(const std::string& key, const Json& json, const std::string& at,
                   std::size_t depth, Node& node);
  bool read_number_keyword(const std::string& key, const Json& json, const std::string& at,
                           Node& node);
  bool read_count_keyword(const std::string& key, const Json& json, const std::string& at,
                          Node& node);
  bool read_schema_keyword(const std::string& key, const Json& json, const std::string& at,
                           std::size_t depth, Node& node);
  bool read_schema_list(const std::string& key, const Json& json, const std::string& at,
                        std::size_t depth, Node& node);
  bool read_schema_map(const std::string& key, const Json& json, const std::string& at,
                       std::size_t depth, Node& node);
  void read_types(const Json& json, const std::string& at, Node& node);
  void read_identity(const std::string& key, const Json& json, const std::string& at);
  void read_dependent_required(const Json& json, const std::string& at, Node& node);
  std::vector<std::string> read_names(const Json& json, const std::string& at);
  std::optional<Pattern> read_pattern(const std::string& text, const std::string& at);
  void refuse_keyword(const std::string& key, const std::string& at);

  void resolve_references();
  std::string target_of(const std::string& reference) const;
  void refuse_endless_references();

  void note(const std::string& pointer, std::string what);

  struct Reference {
    NodeId from;
    std::string text;
    std::string at;
  };

  const Json& document_;
  std::string id_;  // `$id` of the document
  std::vector<Node> nodes_;
  std::map<std::string, NodeId> places_;  // by pointer, and by "#anchor"
  std::vector<std::string> pointers_;     // of each node
  std::vector<Reference> references_;
  std::vector<JsonSchema::Finding> findings_;
};

}  // namespace endure::workflow::schema
