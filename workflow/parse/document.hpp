// A definition's text as JSON, with the line of every value. Pure; any thread.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "workflow/definition.hpp"
#include "workflow/value/value.hpp"

namespace endure::workflow::parse {

// Where each value of a document stands in its text; shaped like the document.
struct LineTree {
  int line = 0;
  std::vector<std::string> keys;  // of an object, in written order; empty for a list
  std::vector<LineTree> children;

  // The line of the value at `pointer`, or of the nearest value around it that exists.
  int line_of(const std::string& pointer) const;
};

struct Document {
  Json json;
  LineTree lines;
  std::vector<Problem> problems;  // what is wrong but did not stop the reader: duplicate keys, …
};

// Reads YAML 1.2 with the scalars of its JSON schema: only `null`, `true`, `false` and numbers are
// more than text, so that `on`, `yes` and `012` stay text. JSON is read as such. Aliases are
// expanded within `limits.max_bytes`.
// Error: text that is no single document within the limits; the one problem that stopped it.
tl::expected<Document, Problem> read_document(const std::string& text, const ParseLimits& limits);

// `key` as one segment of a JSON pointer, with its leading slash.
std::string pointer_segment(const std::string& key);

}  // namespace endure::workflow::parse
