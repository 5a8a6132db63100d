#include "workflow/interpreter/event_filter.hpp"

#include "workflow/interpreter/text.hpp"
#include "workflow/schema/pattern.hpp"

namespace endure::workflow::interpreter {
namespace {

bool matches_attribute(const EventFilter::Attribute& attribute, const CloudEvent& event,
                       const Evaluator& evaluator, const Site& site) {
  const auto found = event->find(attribute.name);
  if (found == event->end()) return false;
  if (const auto* text = std::get_if<std::string>(&attribute.match)) {
    if (!found->is_string()) return to_text(*found) == *text;
    const auto& value = found->get_ref<const std::string&>();
    if (attribute.pattern == nullptr) return value == *text;
    return attribute.pattern->found_in(value).value_or(false);  // too long to be searched: none
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
