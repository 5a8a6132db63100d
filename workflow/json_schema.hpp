// JSON Schema (draft 2020-12): what data at the borders of a workflow and its tasks must look like.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "workflow/value/value.hpp"

namespace endure::workflow {

// A compiled schema. Immutable; safe to share between threads.
//
// All of the draft but what needs other documents or a dynamic scope: `$dynamicRef`,
// `$dynamicAnchor`, `$vocabulary`, `$id` below the root and references to other documents are
// refused, and so is every keyword that the draft does not have (a misspelled one checks nothing).
// `format` and the `content…` keywords are annotations, as the draft has it.
class JsonSchema {
 public:
  // What is wrong with a schema, or with data: where (a JSON pointer), and a sentence.
  struct Finding {
    std::string pointer;
    std::string what;
  };

  // `document`: an object, `true` or `false`. Error: everything that is wrong with it; pointers are
  // those of the schema. Pure; any thread.
  static tl::expected<std::shared_ptr<const JsonSchema>, std::vector<Finding>> compile(
      const Json& document);

  // What of `value` does not fit, the first few findings in the order of the schema; empty where it
  // fits. Takes bounded time: a check that is too much work is a finding of its own.
  std::vector<Finding> check(const Json& value) const;

  ~JsonSchema();
  JsonSchema(const JsonSchema&) = delete;
  JsonSchema& operator=(const JsonSchema&) = delete;

 private:
  struct Nodes;
  explicit JsonSchema(std::unique_ptr<const Nodes> nodes);

  std::unique_ptr<const Nodes> nodes_;
};

// "/order/id: expected text, found the number 5; …".
std::string to_string(const std::vector<JsonSchema::Finding>& findings);

}  // namespace endure::workflow
