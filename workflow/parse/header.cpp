#include "workflow/parse/header.hpp"

#include <algorithm>
#include <regex>
#include <string>

#include "workflow/parse/common.hpp"
#include "workflow/parse/metadata.hpp"
#include "workflow/parse/names.hpp"
#include "workflow/parse/schedule.hpp"

namespace endure::workflow::parse {

namespace {

constexpr std::size_t max_name_bytes = 63;
constexpr std::size_t max_version_bytes = 64;

bool is_semantic_version(const std::string& text) {
  static const std::regex pattern(
      R"((0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*))"
      R"((-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?)"
      R"((\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?)");
  return text.size() <= max_version_bytes && std::regex_match(text, pattern);
}

}  // namespace

std::string read_definition_name(Context& context, const Node& node) {
  const auto text = read_text(context, node, "text");
  if (!text) return {};
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  const bool good =
      !text->empty() && text->size() <= max_name_bytes && plain(text->front()) &&
      plain(text->back()) &&
      std::all_of(text->begin(), text->end(), [&](char c) { return plain(c) || c == '-'; });
  if (!good) {
    context.problems.add(node.pointer, shown(*text) +
                                           " cannot be used as a name; expected 1 to 63 letters, "
                                           "digits and `-`, first and last none of `-`");
  }
  return *text;
}

std::string read_definition_version(Context& context, const Node& node) {
  const auto text = read_text(context, node, "text (a semantic version such as '1.0.0')");
  if (!text) return {};
  if (!is_semantic_version(*text)) {
    context.problems.add(node.pointer,
                         shown(*text) + " is no semantic version; expected for example '1.0.0'");
  }
  return *text;
}

namespace {

void read_dsl(Context& context, const Node& node) {
  const std::string version = read_definition_version(context, node);
  if (version.empty() || !is_semantic_version(version)) return;
  const bool known = version.starts_with("1.0.") && version.find('-') == std::string::npos;
  if (!known) {
    context.problems.unsupported(node.pointer,
                                 "version " + shown(version) + " of the language (expected 1.0.3)");
  }
}

std::string take_plain_text(Context& context, Fields& fields, const std::string& key) {
  const auto found = fields.take(key);
  return found ? read_text(context, *found, "text").value_or("") : "";
}

}  // namespace

void read_header(Context& context, Fields& workflow, Definition& definition) {
  const auto found = workflow.require("document", "dsl, namespace, name and version");
  if (!found) return;
  Fields fields(context, *found, "`document`");
  if (const auto dsl = fields.require("dsl", "the version of the language, '1.0.3'")) {
    read_dsl(context, *dsl);
  }
  if (const auto ns = fields.require("namespace", "a name such as `default`")) {
    definition.ref.ns = read_definition_name(context, *ns);
  }
  if (const auto name = fields.require("name", "the definition's name")) {
    definition.ref.name = read_definition_name(context, *name);
  }
  if (const auto version = fields.require("version", "a semantic version such as '1.0.0'")) {
    definition.ref.version = read_definition_version(context, *version);
  }
  definition.title = take_plain_text(context, fields, "title");
  definition.summary = take_plain_text(context, fields, "summary");
  if (const auto tags = fields.take("tags")) const Fields any(context, *tags, "tags");
  if (const auto metadata = fields.take("metadata")) {
    const Fields any(context, *metadata, "metadata");
    definition.initial_status = read_initial_status(context, *metadata);
  }
  fields.finish();
}

void read_workflow_members(Context& context, Fields& workflow, Definition& definition) {
  definition.input_from = take_input(context, workflow, definition.schemas);
  definition.output_as = take_output(context, workflow, definition.schemas);
  definition.timeout = take_timeout(context, workflow);
  std::optional<Node> metadata;
  const auto& document = context.document;
  if (document.contains("document") && document["document"].is_object() &&
      document["document"].contains("metadata")) {
    metadata = Node{&document["document"]["metadata"], "/document/metadata"};
  }
  definition.schedule = read_schedule(context, workflow.take("schedule"), metadata);
}

void read_evaluation(Context& context, Fields& workflow) {
  const auto evaluate = workflow.take("evaluate");
  if (!evaluate) return;
  Fields fields(context, *evaluate, "`evaluate`");
  if (const auto language = fields.take("language")) {
    const auto text = read_text(context, *language, "text");
    if (text && *text != "jq") {
      context.problems.unsupported(language->pointer, "the expression language " + shown(*text));
    }
  }
  if (const auto mode = fields.take("mode")) {
    const bool loose = read_choice(context, *mode, {"strict", "loose"}) == std::size_t{1};
    context.mode = loose ? ExpressionMode::loose : ExpressionMode::strict;
  }
  fields.finish();
}

}  // namespace endure::workflow::parse
