#include "workflow/expressions/fence.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace endure::workflow {
namespace {

struct Forbidden {
  std::string_view name;
  std::string_view instead;
};

constexpr std::string_view no_clock =
    "an expression must give the same result whenever it is evaluated; use "
    "$workflow.startedAt, $task.startedAt or a value from the input";
constexpr std::string_view no_environment =
    "expressions do not see the node's environment; pass the value in the workflow's input";
constexpr std::string_view no_modules = "expressions cannot load modules; write the function here";
constexpr std::string_view one_input =
    "an expression has one input, `.`; variables such as $context and $input give the rest";
constexpr std::string_view no_output =
    "an expression has nowhere to print; put the value in its result";
constexpr std::string_view no_halt = "use `error(\"…\")` or a `raise` task";

constexpr std::array<Forbidden, 20> forbidden_names = {{
    {"now", no_clock},
    {"env", no_environment},
    {"import", no_modules},
    {"include", no_modules},
    {"module", no_modules},
    {"modulemeta", no_modules},
    {"get_search_list", no_modules},
    {"get_prog_origin", no_modules},
    {"get_jq_origin", no_modules},
    {"input", one_input},
    {"inputs", one_input},
    {"_input", one_input},
    {"input_filename", one_input},
    {"input_line_number", one_input},
    {"debug", no_output},
    {"stderr", no_output},
    {"halt", no_halt},
    {"halt_error", no_halt},
    {"$ENV", no_environment},
    {"$__prog_args", no_environment},
}};

const Forbidden* find_forbidden(std::string_view name) {
  const auto* found = std::find_if(forbidden_names.begin(), forbidden_names.end(),
                                   [&](const Forbidden& f) { return f.name == name; });
  return found == forbidden_names.end() ? nullptr : found;
}

Failure refuse(const Forbidden& forbidden) {
  return fail(Code::invalid, "`" + std::string(forbidden.name) +
                                 "` is not available: " + std::string(forbidden.instead));
}

// jq would round a literal that a double cannot hold, and say nothing.
bool is_inexact(const Token& token) {
  constexpr std::string_view largest = "9007199254740992";  // 2^53
  std::string_view digits = token.text;
  if (digits.find_first_not_of("0123456789") != std::string_view::npos) return false;
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  return digits.size() > largest.size() || (digits.size() == largest.size() && digits > largest);
}

// Follows the brackets, so that `{env: 1}` is told from `[env]`: within braces, after `{` or `,`, a
// word is a key and calls nothing.
class KeyPosition {
 public:
  bool is_key() const { return !open_.empty() && open_.back() == '{' && expects_key_; }

  void pass(const Token& token) {
    using Kind = Token::Kind;
    if (token.kind == Kind::splice_begin) {
      open_.push_back('(');
    } else if (token.kind == Kind::splice_end) {
      close();
    } else if (token.kind == Kind::symbol && token.text.size() == 1) {
      const char c = token.text.front();
      if (c == '(' || c == '[' || c == '{') open_.push_back(c);
      if (c == ')' || c == ']' || c == '}') close();
      expects_key_ = c == '{' || c == ',';
      return;
    }
    expects_key_ = false;
  }

 private:
  void close() {
    if (!open_.empty()) open_.pop_back();
  }

  std::string open_;
  bool expects_key_ = false;
};

}  // namespace

Result<std::vector<std::string>> check_fence(const std::vector<Token>& tokens) {
  std::vector<std::string> variables;
  KeyPosition position;
  for (const Token& token : tokens) {
    if (token.kind == Token::Kind::variable) {
      std::string name(token.text);
      if (const Forbidden* found = find_forbidden("$" + name)) return refuse(*found);
      if (is_identifier(name) && !is_keyword(name) &&
          std::find(variables.begin(), variables.end(), name) == variables.end()) {
        variables.push_back(std::move(name));
      }
    } else if (token.kind == Token::Kind::identifier && !position.is_key()) {
      if (const Forbidden* found = find_forbidden(token.text)) return refuse(*found);
    } else if (token.kind == Token::Kind::number && is_inexact(token)) {
      return fail(Code::invalid, "jq cannot hold the integer " + std::string(token.text) +
                                     " exactly (its numbers are doubles, exact up to 2^53); "
                                     "write it as a string");
    }
    position.pass(token);
  }
  return variables;
}

}  // namespace endure::workflow
