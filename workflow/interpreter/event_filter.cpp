#include "workflow/interpreter/event_filter.hpp"

#include <regex>

#include "workflow/interpreter/text.hpp"

namespace endure::workflow::interpreter {
namespace {

// std::regex recurses once a character or so; a longer attribute could use up the stack.
constexpr std::size_t max_pattern_subject = 1'024;

bool matches_pattern(const std::string& pattern, const std::string& text) {
  if (text.size() > max_pattern_subject) return false;
  try {
    return std::regex_match(text, std::regex(pattern, std::regex::ECMAScript));
  } catch (const std::regex_error&) {  // checked at deployment; here it can only be too complex
    return false;
  }
}

bool matches_attribute(const EventFilter::Attribute& attribute, const CloudEvent& event,
                       const Evaluator& evaluator, const Site& site) {
  const auto found = event->find(attribute.name);
  if (found == event->end()) return false;
  if (const auto* text = std::get_if<std::string>(&attribute.match)) {
    if (!found->is_string()) return to_text(*found) == *text;
    const auto& value = found->get_ref<const std::string&>();
    return attribute.is_pattern ? matches_pattern(*text, value) : value == *text;
  }
  const std::pair<std::string, Value> variable{"event", event};
  Site at = site;
  at.extra = &variable;
  const auto wanted = evaluator.evaluate(std::get<Expression>(attribute.match), *site.input, at);
  if (!wanted) return false;
  return (*wanted)->is_boolean() ? (*wanted)->get<bool>() : wanted->json() == *found;
}

}  // namespace

bool matches(const EventFilter& filter, const CloudEvent& event, const Evaluator& evaluator,
             const Site& site) {
  if (!event->is_object()) return false;
  for (const auto& attribute : filter.with) {
    if (!matches_attribute(attribute, event, evaluator, site)) return false;
  }
  if (!filter.data) return true;
  const std::pair<std::string, Value> variable{"event", event};
  Site at = site;
  at.extra = &variable;
  const auto holds = evaluator.condition(*filter.data, event->value("data", Json()), at);
  return holds && *holds;
}

}  // namespace endure::workflow::interpreter
