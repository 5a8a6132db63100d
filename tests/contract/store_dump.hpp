// Everything that a store can tell, as lines of text, to compare one store with another.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "persistence/codec.hpp"
#include "persistence/store.hpp"
#include "tests/support/catch.hpp"

namespace endure::persistence {

// The names that random changes use, and that a dump therefore asks for.
inline constexpr Instant far{INT64_MAX};
inline const std::array<std::string, 3> queues{"enrich", "act", "notify"};
inline const std::array<std::string, 4> statuses{"", "ENRICHING", "WAITING_FOR_REVIEW",
                                                 "COMPLETED"};
inline const std::array<std::string, 2> sinks{"http://a.test/events", "https://b.test"};
inline const std::array<std::string, 3> types{"", "review.decided", "other"};

// By value: a range-based for keeps what it gets, but not the Result that it came in.
template <class T>
T of(Result<T> result) {
  return *std::move(result);
}

// Everything that can be read, as text.
class Dump {
 public:
  explicit Dump(Store& store) : store_(store) {
    for (const auto& queue : queues) dump_queue(queue);
    for (const auto& row : of(store.queues())) {
      line("queue", row.queue, row.paused);
      counts(row.counts);
    }
    dump_workflows();
    for (const auto& t : of(store.timers(far, {}, 100'000))) {
      line("timer", t.due.ms, t.workflow, t.wait);
    }
    for (const auto& type : types) {
      for (const auto& l : of(store.listeners(type, 0, 100'000))) {
        line("listener", l.type, l.workflow, l.wait);
      }
    }
    for (const auto& row : of(store.outbox(0, 100'000))) {
      line("outbox", row.sequence, row.event, row.type, row.resume_after, row.any_done, row.keep,
           row.accepted.ms, row.identity);
    }
    dump_events();
    for (const auto& row : of(store.definitions())) {
      line("definition", to_text(row.ref), row.source, row.deployed.ms);
    }
  }
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  static std::string to_text(const workflow::DefinitionRef& ref) {
    return ref.ns + "/" + ref.name + ":" + ref.version;
  }
  static std::string text(const std::string& s) { return s; }
  static std::string text(const char* s) { return s; }
  template <class Number>
  static std::string text(Number n) {
    return std::to_string(n);
  }
  template <class... Parts>
  void line(const Parts&... parts) {
    std::string joined;
    ((joined += text(parts) + " "), ...);
    lines_.push_back(std::move(joined));
  }
  void counts(const QueueCounts& c) { line("counts", c.ready, c.delayed, c.dead); }
  void steps(const char* kind, const std::vector<StepRecord>& steps) {
    for (const auto& s : steps) {
      line(kind, s.key.queue, s.key.priority, s.key.enqueued.ms, s.key.workflow, s.key.wait,
           encode_step(s));
    }
  }

  void dump_queue(const std::string& queue) {
    const auto ready = store_.ready_steps(queue, {}, 100'000).value();
    const auto delayed = store_.delayed_steps(queue, far, 100'000).value();
    const auto dead = store_.dead_steps(queue, {}, 100'000).value();
    steps("ready", ready);
    steps("delayed", delayed);
    steps("dead", dead);
    counts(store_.queue_counts(queue));
    CHECK(store_.queue_counts(queue) == QueueCounts{ready.size(), delayed.size(), dead.size()});
  }

  void dump_events() {
    const auto kept = [&](const char* kind, const std::vector<KeptRow>& rows) {
      for (const auto& row : rows) {
        line(kind, row.sequence, row.event, row.type, row.accepted.ms, row.identity);
        if (row.identity.empty()) continue;
        CHECK(store_.find_event(row.identity).value() == row.sequence);
      }
    };
    kept("kept", of(store_.kept_events(0, 100'000)));
    for (const auto& type : types) kept("of type", of(store_.events_of({type}, 0, 100'000)));
    kept("of types", of(store_.events_of({types[1], types[2]}, 3, 100)));
    for (const auto n : of(store_.looking_workflows(0, 100'000))) line("looking", n);
    for (const auto& backlog : of(store_.sink_backlogs())) {
      line("sink", backlog.sink, backlog.events);
      for (const auto& row : of(store_.sink_events(backlog.sink, 0, 100'000))) {
        line("sink event", row.key.sink, row.key.sequence, row.workflow, row.event);
      }
    }
    line("holds no event", store_.holds_no_event());
  }

  void dump_workflows() {
    std::optional<WorkflowNumber> after;
    do {
      const auto page = store_.list_workflows({}, after, 64).value();
      for (const auto& w : page.rows) {
        const auto stored = store_.load_workflow(w.number).value().value();
        line("workflow", w.number, stored.snapshot, stored.may_look);
        for (const auto& m : stored.mailbox) line("message", m.sequence, m.event);
        const auto history = of(store_.history(w.number, 0, 100'000));
        for (const auto& h : history.rows) {
          line("history", h.transition, h.bytes);
        }
        CHECK(store_.find_workflow(w.name).value() == w.number);
      }
      after = page.next;
    } while (after);
    for (const auto& status : statuses) list("status", {.status = status});
    for (int phase = 0; phase <= static_cast<int>(workflow::Phase::completed); ++phase) {
      list("phase", {.phase = static_cast<workflow::Phase>(phase)});
      for (const auto n :
           of(store_.live_workflows(static_cast<workflow::Phase>(phase), 0, 100'000))) {
        line("live", phase, n);
      }
    }
    for (const auto n : of(store_.ended_before({2'500}, 100'000))) line("ended", n);
  }

  void list(const char* kind, const WorkflowFilter& filter) {
    const auto listed = of(store_.list_workflows(filter, std::nullopt, 100'000));
    for (const auto& w : listed.rows) {
      line(kind, w.number);
    }
  }

  Store& store_;
  std::vector<std::string> lines_;
};

}  // namespace endure::persistence
