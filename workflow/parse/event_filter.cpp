#include "workflow/parse/event_filter.hpp"

#include <algorithm>
#include <memory>
#include <string>

#include "workflow/parse/fields.hpp"
#include "workflow/parse/names.hpp"
#include "workflow/parse/runtime_expression.hpp"
#include "workflow/schema/pattern.hpp"

namespace endure::workflow::parse {

namespace {

constexpr std::size_t max_pattern_bytes = 256;

bool is_attribute_name(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  });
}

// A full stop alone makes no pattern: it stands in nearly every type.
bool looks_like_pattern(const std::string& text) {
  return text.find_first_of("*+?[](){}|^$\\") != std::string::npos;
}

std::shared_ptr<const schema::Pattern> read_pattern(Context& context, const Node& node,
                                                    const std::string& text) {
  if (text.size() > max_pattern_bytes) {
    context.problems.add(node.pointer,
                         "a pattern has at most " + std::to_string(max_pattern_bytes) + " bytes");
    return nullptr;
  }
  auto compiled = schema::Pattern::compile("^(?:" + text + ")$");
  if (!compiled) {
    context.problems.add(
        node.pointer, shown(text) + ": " + compiled.error().what + "; escape what shall be plain");
    return nullptr;
  }
  return std::make_shared<const schema::Pattern>(*std::move(compiled));
}

EventFilter::Attribute read_attribute(Context& context, const std::string& name, const Node& node) {
  EventFilter::Attribute attribute;
  attribute.name = name;
  const auto text = read_text(context, node, "text");
  if (!text) return attribute;
  if (enclosed(*text)) {
    if (auto read = read_expression(context, node)) attribute.match = *std::move(read);
    return attribute;
  }
  if (looks_like_pattern(*text)) attribute.pattern = read_pattern(context, node, *text);
  attribute.match = *text;
  return attribute;
}

void read_data(Context& context, const Node& node, EventFilter& filter) {
  if (node.json().is_string() && enclosed(node.json().get<std::string>())) {
    filter.data = read_expression(context, node);
    return;
  }
  context.problems.add(node.pointer,
                       "expected an expression on the event's data, such as "
                       "`${ .temperature > 38 }`, found " +
                           type_name(node.json()) +
                           (node.json().is_string() ? " without `${ }`" : ""));
}

void read_attributes(Context& context, const Node& with, EventFilter& filter) {
  for (const auto& [name, value] : with.json().items()) {
    const Node node = with.member(name);
    if (name == "data") {
      read_data(context, node, filter);
      continue;
    }
    if (!is_attribute_name(name)) continue;  // noted by check_event_attributes
    filter.with.push_back(read_attribute(context, name, node));
    const auto& attribute = filter.with.back();
    const auto* text = std::get_if<std::string>(&attribute.match);
    if (name == "type" && text != nullptr && attribute.pattern == nullptr)
      filter.literal_type = *text;
  }
}

void read_correlations(Context& context, const Node& node, EventFilter& filter) {
  Fields all(context, node, "`correlate`");
  if (!all.is_object()) return;
  for (const auto& [key, value] : node.json().items()) {
    Fields fields(context, node.member(key), "a correlation");
    EventFilter::Correlation correlation;
    correlation.key = key;
    const auto from = fields.require("from", "a jq expression on the event, such as `.subject`");
    if (from) {
      if (auto read = read_expression(context, *from)) correlation.from = *std::move(read);
    }
    if (const auto expect = fields.take("expect")) {
      correlation.expect = read_text_template(context, *expect, "text or `${ … }`");
    }
    fields.finish();
    filter.correlate.push_back(std::move(correlation));
  }
}

}  // namespace

void check_event_attributes(Context& context, const Node& with) {
  for (const auto& [name, value] : with.json().items()) {
    if (name == "data") continue;
    const Node node = with.member(name);
    if (!is_attribute_name(name)) {
      context.problems.add(node.pointer, shown(name) +
                                             " is no CloudEvents attribute: they have lower-case "
                                             "letters and digits alone; put what else there is "
                                             "into `data`");
    } else if (value.is_structured() || value.is_null() || value.is_number_float()) {
      context.problems.add(node.pointer, "expected text, a whole number, true or false, found " +
                                             type_name(value) +
                                             "; put structured values into `data`");
    } else if (name == "type" || name == "source" || name == "subject" || name == "id" ||
               name == "time") {
      read_text(context, node, "text");
    }
  }
}

EventFilter read_event_filter(Context& context, const Node& node) {
  EventFilter filter;
  Fields fields(context, node, "an event filter");
  if (const auto correlate = fields.take("correlate")) {
    read_correlations(context, *correlate, filter);
  }
  if (const auto with = fields.require("with", "the attributes that the event must have")) {
    Fields attributes(context, *with, "an event filter's `with`");
    if (attributes.is_object()) {
      if (with->json().empty()) context.problems.add(with->pointer, "expected an attribute");
      check_event_attributes(context, *with);
      read_attributes(context, *with, filter);
    }
  }
  fields.finish();
  return filter;
}

}  // namespace endure::workflow::parse
