// Expressions inside a command line.
#include "workflow/parse/run_process.hpp"
#include "workflow/parse/runtime_expression.hpp"

namespace endure::workflow::parse {

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// The place behind the brace that closes the expression which begins at `from` (behind `${`), or
// npos. Braces in jq's strings do not count; those of its interpolations `\( )` come in pairs.
std::size_t end_of_expression(const std::string& text, std::size_t from) {
  int depth = 1;
  bool in_string = false;
  for (std::size_t i = from; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      return i + 1;
    }
  }
  return std::string::npos;
}

}  // namespace

std::optional<Template> read_command(Context& context, const Node& node, Template::Array& values) {
  const auto text = read_text(context, node, "text (a command)");
  if (!text) return std::nullopt;
  if (text->find_first_not_of(" \t\r\n") == std::string::npos) {
    context.problems.add(node.pointer, "expected a command, found empty text");
    return std::nullopt;
  }
  if (text->starts_with("${") && end_of_expression(*text, 2) == text->size()) {
    return read_template(context, node);
  }
  std::string command;
  std::size_t at = 0;
  while (true) {
    const std::size_t start = text->find("${", at);
    command.append(*text, at, start == std::string::npos ? start : start - at);
    if (start == std::string::npos) break;
    const bool expression = start + 2 < text->size() && is_blank((*text)[start + 2]);
    if (!expression) {
      command += "${";
      at = start + 2;
      continue;
    }
    const std::size_t end = end_of_expression(*text, start + 2);
    if (end == std::string::npos) {
      context.problems.add(node.pointer, "an expression `${ …` in the command is not closed");
      return std::nullopt;
    }
    const Json program = text->substr(start, end - start);
    auto read = read_template(context, {&program, node.pointer});
    if (!read) return std::nullopt;
    values.push_back(*std::move(read));
    command += "${ENDURE_VALUE_" + std::to_string(values.size()) + "}";
    at = end;
  }
  return constant(std::move(command));
}

}  // namespace endure::workflow::parse
