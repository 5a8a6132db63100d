#include "actors/event_keeper.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/context.hpp"

namespace endure::actors {

namespace {

constexpr std::size_t events_at_once = 1'000;

using Fate = EventFigures::Fate;

struct Going {
  persistence::EventsExpired change;
  std::vector<std::pair<std::string, Fate>> figures;
};

Going find_going(Context& context, const std::vector<persistence::KeptRow>& oldest) {
  Going going;
  const auto kept = context.store.stats().kept_events;
  const auto most = context.config.max_kept_events;
  const std::uint64_t too_many = kept > most ? kept - most : 0;
  const Instant now = context.clock.now();
  for (const auto& row : oldest) {
    const bool expired = row.accepted + context.config.keep_events_ms <= now;
    if (!expired && going.change.sequences.size() >= too_many) break;
    going.change.sequences.push_back(row.sequence);
    going.figures.emplace_back(row.type, expired ? Fate::expired : Fate::dropped);
  }
  return going;
}

// Ends the round when the last that knows of it is gone.
struct Round {
  explicit Round(std::atomic<bool>& expiring) : expiring_(expiring) {}
  Round(const Round&) = delete;
  Round& operator=(const Round&) = delete;
  ~Round() { expiring_ = false; }

 private:
  std::atomic<bool>& expiring_;
};

}  // namespace

void count_kept_events(Context& context) {
  std::uint64_t last = 0;
  for (;;) {
    const auto rows = context.store.kept_events(last, events_at_once);
    if (!rows) return context.fatal(rows.error());
    for (const auto& row : *rows) context.event_figures.count(row.type, Fate::kept);
    if (rows->size() < events_at_once) return;
    last = rows->back().sequence;
  }
}

void expire_events(Context& context) {
  if (context.store.holds_no_event() || context.expiring_events.exchange(true)) return;
  context.loader.post([&context, round = std::make_shared<Round>(context.expiring_events)] {
    const auto oldest = context.store.kept_events(0, events_at_once);
    if (!oldest) return context.fatal(oldest.error());
    Going going = find_going(context, *oldest);
    if (going.change.sequences.empty()) return;
    auto figures = std::move(going.figures);
    context.journal.submit(std::move(going.change),
                           [&context, figures, round](const Result<void>& result) {
                             if (!result) return;
                             for (const auto& [type, fate] : figures) {
                               context.event_figures.count(type, fate);
                             }
                           });
  });
}

}  // namespace endure::actors
