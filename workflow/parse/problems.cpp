#include "workflow/parse/problems.hpp"

#include <algorithm>
#include <tuple>

namespace endure::workflow::parse {

void Problems::add(const std::string& pointer, std::string what) {
  if (full()) {  // finding the line takes time
    more_ = true;
    return;
  }
  // The innermost of the documents that it stands in.
  const Source* source = nullptr;
  for (const Source& each : sources_) {
    const bool inside = pointer.starts_with(each.prefix) && (pointer.size() == each.prefix.size() ||
                                                             pointer[each.prefix.size()] == '/');
    if (inside && (source == nullptr || each.prefix.size() > source->prefix.size())) source = &each;
  }
  if (source == nullptr) return add({pointer, lines_.line_of(pointer), std::move(what)});
  const std::string within = pointer.substr(source->prefix.size());
  const Problem there{within, source->lines->line_of(within), std::move(what)};
  add(source->named_at, "in " + source->uri + ": " + to_string(there));
}

void Problems::open(std::string prefix, std::string named_at, std::string uri,
                    const LineTree& lines) {
  sources_.push_back({std::move(prefix), std::move(named_at), std::move(uri), &lines});
}

void Problems::add(Problem problem) {
  if (full()) {
    more_ = true;
    return;
  }
  if (seen_.emplace(problem.pointer, problem.what).second) problems_.push_back(std::move(problem));
}

void Problems::unsupported(const std::string& pointer, const std::string& what) {
  add(pointer, what + " is not supported by this version of Endure; see docs/language.md");
}

std::vector<Problem> Problems::take() {
  std::stable_sort(problems_.begin(), problems_.end(),
                   [](const Problem& a, const Problem& b) { return a.line < b.line; });
  if (more_) {
    problems_.push_back(
        {"", 0,
         "there are more than " + std::to_string(most) + " problems; the rest is not listed"});
  }
  return std::move(problems_);
}

}  // namespace endure::workflow::parse
