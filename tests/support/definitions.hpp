// Helpers for tests of definitions.
#pragma once

#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "workflow/definition.hpp"

namespace endure::workflow::test {

// Takes every text for an expression but those with "§bad§" in it, and evaluates none: the parser's
// own tests need no jq.
class FakeExpressions final : public Expressions {
 public:
  Result<Value> evaluate(const Expression&, const Scope&) override {
    return fail(Code::invalid, "a fake evaluates nothing");
  }
  Result<Expression> compile(const std::string& text) override {
    if (text.find("§bad§") != std::string::npos) return fail(Code::invalid, "syntax error");
    Expression expression;
    expression.kind = Expression::Kind::program;
    expression.text = text;
    return expression;
  }
};

// Has what it was given, and remembers what it was asked for.
class MapResources final : public ExternalResources {
 public:
  explicit MapResources(ResolvedResources texts) : texts_(std::move(texts)) {}

  Result<std::string> fetch(const ResourceRequest& request) override {
    asked.push_back(request);
    const auto found = texts_.find(request.uri);
    if (found != texts_.end()) return found->second;
    return fail(Code::not_found, "there is nothing");
  }

  std::vector<ResourceRequest> asked;

 private:
  ResolvedResources texts_;
};

using Parsed = tl::expected<std::shared_ptr<const Definition>, std::vector<Problem>>;

inline Parsed parse(const std::string& text, const ParseLimits& limits = {},
                    ExternalResources* resources = nullptr) {
  FakeExpressions expressions;
  return parse_definition(text, expressions, limits, resources);
}

inline std::string header() {
  return "document:\n"
         "  dsl: '1.0.3'\n"
         "  namespace: test\n"
         "  name: sample\n"
         "  version: '1.0.0'\n";
}

// A definition whose line 6 is `do:` and whose tasks are `tasks`, from line 7 on.
inline std::string with_tasks(const std::string& tasks) {
  return header() + "do:\n" + tasks;
}

inline std::string listed(const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& problem : problems) text += to_string(problem) + "\n";
  return text;
}

inline std::shared_ptr<const Definition> must_parse(const std::string& text) {
  const Parsed parsed = parse(text);
  INFO(text);
  if (!parsed) FAIL(listed(parsed.error()));
  return *parsed;
}

// What is wrong with `text`, one line each; empty where nothing is.
inline std::string problems_of(const std::string& text, const ParseLimits& limits = {}) {
  const Parsed parsed = parse(text, limits);
  return parsed ? "" : listed(parsed.error());
}

inline std::string read_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

}  // namespace endure::workflow::test
