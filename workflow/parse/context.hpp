// What every part of the parser works with.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "workflow/definition.hpp"
#include "workflow/parse/document.hpp"
#include "workflow/parse/problems.hpp"

namespace endure::workflow::parse {

// One value of the document and where it stands. Refers to the document, which outlives it.
struct Node {
  const Json* value = nullptr;
  std::string pointer;

  const Json& json() const { return *value; }
  Node member(const std::string& key) const;        // which exists
  Node item(std::size_t index) const;               // which exists
  std::string below(const std::string& key) const;  // the pointer of a member, existing or not
};

// The names of the list that is being read: what a `then` may lead to.
struct Siblings {
  std::vector<std::string> names;  // empty where an item has no readable name
  bool ordered = true;             // false: branches of a fork, which follow none another
};

// Thrown to stop reading tasks once there are too many; the problem is noted already.
struct TooMany {};

struct Context {
  Expressions& expressions;
  ParseLimits limits;
  Problems& problems;
  const Json& document;
  ExternalResources* resources = nullptr;  // null: nothing is read from elsewhere
  ExpressionMode mode = ExpressionMode::strict;
  std::vector<Task> tasks = {};

  Siblings siblings = {};
  std::vector<std::string> open_functions = {};  // being read, outermost first
  std::vector<std::string> used_functions = {};
  std::size_t function_bytes = 0;  // of all functions as their calls repeat them

  std::vector<Extension> extensions = {};
  std::vector<std::string> extended_kinds = {};  // of each extension: `extend`
  bool in_extension = false;                     // whose tasks no extension extends

  // What was read from elsewhere, by address; nodes refer to the documents.
  std::map<std::string, std::unique_ptr<const Document>> documents = {};
  ResolvedResources resolved = {};
  std::size_t resolved_bytes = 0;
  std::map<const Json*, std::shared_ptr<const JsonSchema>> schemas = {};  // by document

  // The member `name` of `use.<section>`, if it is declared.
  std::optional<Node> reusable(const std::string& section, const std::string& name) const;
  std::vector<std::string> reusable_names(const std::string& section) const;
  // Notes that `node`, which names `use.<section>.<name>`, names nothing; with the nearest name.
  void note_undeclared(const Node& node, const std::string& section, const std::string& name);
};

// The number and position of a task that is about to be read. Throws TooMany.
TaskId reserve_task(Context& context, TaskId parent, std::string name, std::string pointer);

}  // namespace endure::workflow::parse
