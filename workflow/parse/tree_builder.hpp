// Builds a Document from a reader's events; what YAML and JSON have in common.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "workflow/parse/document.hpp"

namespace endure::workflow::parse {

// Thrown to leave a reader in the middle of a text; never leaves read_document.
struct Refused {
  Problem problem;
};

// Each event carries the 1-based line at which it stands in the text. An `anchor` above 0 keeps the
// value so that a later alias can repeat it.
class TreeBuilder {
 public:
  explicit TreeBuilder(const ParseLimits& limits) : limits_(limits) {}

  void begin_object(int line, std::size_t anchor = 0) { begin(Json::object(), line, anchor); }
  void begin_list(int line, std::size_t anchor = 0) { begin(Json::array(), line, anchor); }
  void end();
  void key(std::string text, int line);
  void scalar(Json value, int line, std::size_t anchor = 0);
  void alias(std::size_t anchor, int line);

  // An object is open and waits for its next key.
  bool wants_key() const;

  // Notes a problem with the value that comes next and goes on.
  void note(std::string what, int line);
  [[noreturn]] void refuse(std::string what, int line) const;

  Document take();

 private:
  // A finished value: `bytes` is about what its text takes, one more for each value in it.
  struct Part {
    Json json;
    LineTree lines;
    std::size_t bytes = 0;
  };
  struct Open {
    Part part;
    std::size_t anchor = 0;
    std::optional<std::string> key;
    int key_line = 0;
  };

  void begin(Json json, int line, std::size_t anchor);
  void add(Part part, std::size_t anchor);
  void spend(std::size_t bytes, int line);
  std::string pointer() const;

  ParseLimits limits_;
  std::vector<Open> open_;
  std::map<std::size_t, Part> anchored_;
  std::size_t repeated_bytes_ = 0;  // what anchors and aliases have copied
  std::vector<Problem> problems_;
  std::optional<Part> root_;
};

}  // namespace endure::workflow::parse
