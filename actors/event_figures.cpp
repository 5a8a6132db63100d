#include "actors/event_figures.hpp"

namespace endure::actors {

namespace {

// Types come from outside: beyond so many, all further ones share a row.
constexpr std::size_t most_types = 1'000;
constexpr const char* other_types = "(other)";

}  // namespace

void EventFigures::count(const std::string& type, Fate fate) {
  const std::lock_guard lock(mutex_);
  const bool fits = types_.size() < most_types || types_.contains(type);
  const std::string& name = fits ? type : other_types;
  EventTypeView& view = types_[name];
  view.type = name;
  switch (fate) {
    case Fate::kept: ++view.kept; return;
    case Fate::offered: ++view.offered; return;
    case Fate::expired: ++view.expired; break;
    case Fate::dropped: ++view.dropped; break;
  }
  if (view.kept > 0) --view.kept;
}

std::vector<EventTypeView> EventFigures::views() const {
  const std::lock_guard lock(mutex_);
  std::vector<EventTypeView> views;
  for (const auto& [type, view] : types_) views.push_back(view);
  return views;
}

}  // namespace endure::actors
