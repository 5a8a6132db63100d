// Regular expressions of JSON Schema (`pattern`, `patternProperties`).
#pragma once

#include <memory>
#include <optional>
#include <regex>
#include <string>

#include "base/result.hpp"

namespace endure::workflow::schema {

// ECMAScript's regular expressions on code points, matched in time that grows with the length of
// the text alone: no pattern can hold up the thread, no text can use up its stack. That excludes
// back-references.
class Pattern {
 public:
  // Error: Code::invalid, a sentence.
  static Result<Pattern> compile(const std::string& text);

  // Whether some part of `text` matches; nothing where it is too long to be searched.
  std::optional<bool> found_in(const std::string& text) const;

  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::shared_ptr<const std::wregex> regex_;
};

}  // namespace endure::workflow::schema
