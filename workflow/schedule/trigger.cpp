// Events that start workflows.
#include <algorithm>

#include "workflow/decide.hpp"
#include "workflow/interpreter/evaluator.hpp"
#include "workflow/interpreter/event_filter.hpp"
#include "workflow/schedule/schedule.hpp"

namespace endure::workflow {

namespace {

Json read_event(ListenTask::Read read, const Value& event) {
  if (read == ListenTask::Read::envelope) return event.json();
  const auto data = event->find("data");
  if (data != event->end()) return *data;
  if (read == ListenTask::Read::raw) return event->value("data_base64", Json());
  return nullptr;
}

}  // namespace

Result<std::vector<std::uint32_t>> passed_filters(const Definition& definition,
                                                  const Schedule& schedule, const CloudEvent& event,
                                                  Expressions& expressions) {
  if (schedule.filters.empty()) return std::vector<std::uint32_t>{0};
  std::vector<std::uint32_t> passed;
  const std::string type = event->value("type", "");
  // There is no workflow yet; expressions see an empty one.
  const Snapshot none = new_workflow(0, {}, definition, {0});
  const interpreter::Evaluator evaluator(definition, none, expressions, {});
  interpreter::Site site;
  site.input = &event;
  for (std::uint32_t i = 0; i < schedule.filters.size(); ++i) {
    const EventFilter& filter = schedule.filters[i];
    if (!filter.literal_type.empty() && filter.literal_type != type) continue;
    if (interpreter::matches(filter, event, evaluator, site)) passed.push_back(i);
    if (const auto& unavailable = evaluator.unavailable()) return Failure(*unavailable);
  }
  return passed;
}

std::vector<std::size_t> events_of_next_run(const Schedule& schedule,
                                            const std::vector<WaitingEvent>& waiting) {
  if (waiting.empty()) return {};
  if (schedule.mode != ListenTask::Mode::all) return {0};
  std::vector<bool> met(schedule.filters.size());
  std::vector<std::size_t> taken;
  for (std::size_t i = 0; i < waiting.size() && taken.size() < met.size(); ++i) {
    for (const std::uint32_t filter : waiting[i].filters) {
      if (filter >= met.size() || met[filter]) continue;
      met[filter] = true;
      taken.push_back(i);
      break;
    }
  }
  if (taken.size() < met.size()) taken.clear();
  return taken;
}

Value input_of_events(const Schedule& schedule, const std::vector<WaitingEvent>& waiting,
                      const std::vector<std::size_t>& taken) {
  Json input = Json::array();
  for (const std::size_t index : taken) {
    input.push_back(read_event(schedule.read, waiting[index].event));
  }
  return Value(std::move(input));
}

}  // namespace endure::workflow
