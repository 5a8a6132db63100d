// Collects what is wrong with a document, so that one answer names all of it.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "workflow/definition.hpp"
#include "workflow/parse/document.hpp"

namespace endure::workflow::parse {

class Problems {
 public:
  explicit Problems(const LineTree& lines) : lines_(lines) {}

  // The same words on the same value count once: a function may be read at each of its calls.
  void add(const std::string& pointer, std::string what);
  void add(Problem problem);

  // From now on, what is below `prefix` stands in the document that was read from `uri`: problems
  // with it are told at `named_at`, where the definition names it. `lines` outlives this.
  void open(std::string prefix, std::string named_at, std::string uri, const LineTree& lines);

  // "`what` is not supported by this version of Endure; see docs/language.md".
  void unsupported(const std::string& pointer, const std::string& what);

  bool empty() const { return problems_.empty(); }

  // Enough are noted, and further ones will not be listed: no need to look for hints.
  bool full() const { return problems_.size() >= most; }

  // In the order of the text.
  std::vector<Problem> take();

 private:
  static constexpr std::size_t most = 100;

  struct Source {
    std::string prefix;
    std::string named_at;
    std::string uri;
    const LineTree* lines;
  };

  const LineTree& lines_;
  std::vector<Source> sources_;
  std::vector<Problem> problems_;
  std::set<std::pair<std::string, std::string>> seen_;
  bool more_ = false;
};

}  // namespace endure::workflow::parse
