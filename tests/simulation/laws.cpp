#include "tests/simulation/laws.hpp"

#include <map>
#include <set>
#include <utility>

#include "persistence/codec.hpp"

namespace endure::simulation {

namespace {

using persistence::HistoryRecord;
using persistence::WorkflowSummary;
using workflow::HistoryEntry;
using workflow::Json;
using Kind = HistoryEntry::Kind;

constexpr std::size_t rows_at_once = 1'000;

class Court {
 public:
  Court(persistence::Store& store, const Record& record) : store_(store), record_(record) {}

  std::vector<std::string> judge() {
    std::set<std::string> there;
    for (const auto& summary : workflows()) {
      there.insert(summary.name.id);
      if (!summary.parent && !record_.sent.contains(summary.name.id)) {
        wrong(summary.name.id, "nobody started it");
      }
      judge(summary);
    }
    for (const auto& id : record_.started) {
      if (!there.contains(id)) wrong(id, "its start was acknowledged, and it is not there");
    }
    for (const auto& nonce : record_.kept) {
      if (stands_[nonce] == 0) {
        wrong(record_.results.at(nonce).workflow, nonce + " was acknowledged, and is lost");
      }
    }
    for (const auto& [nonce, times] : stands_) {
      if (times > 1) wrong(nonce, "stands in " + std::to_string(times) + " places");
    }
    judge_rest();
    return std::move(problems_);
  }

 private:
  void wrong(const std::string& who, const std::string& what) {
    problems_.push_back(who + ": " + what);
  }

  std::vector<WorkflowSummary> workflows() {
    std::vector<WorkflowSummary> all;
    std::optional<WorkflowNumber> after;
    for (;;) {
      auto page = store_.list_workflows({}, after, rows_at_once).value();
      all.insert(all.end(), page.rows.begin(), page.rows.end());
      if (!page.next) return all;
      after = page.next;
    }
  }

  void judge(const WorkflowSummary& summary) {
    const auto& id = summary.name.id;
    if (!is_ended(summary.phase)) {
      wrong(id, "it has not ended: " + std::string(to_string(summary.phase)) + " " + summary.cause);
    }
    if (summary.phase == workflow::Phase::faulted) wrong(id, "it is faulted: " + summary.cause);
    if (record_.given_up.contains(id) && summary.phase != workflow::Phase::cancelled) {
      wrong(id, "its end was acknowledged, and it is " + std::string(to_string(summary.phase)));
    }
    Life life{id, {}, {}, {}, {}, {}};
    const auto rows = store_.history(summary.number, 0, rows_at_once).value().rows;
    std::uint64_t last = 0;
    Instant time;
    bool ended = false;
    for (const auto& row : rows) {
      const auto record = persistence::decode_history(row.bytes).value();
      if (record.transition != last + 1) {
        wrong(id, "transition " + std::to_string(last) + " is followed by " +
                      std::to_string(record.transition));
      }
      if (record.at < time) wrong(id, "its time runs backwards");
      if (ended) wrong(id, "it goes on after its end");
      last = record.transition;
      time = record.at;
      ended = is_ended(record.phase);
      for (const auto& entry : record.entries) judge(life, record, entry);
    }
    if (last != summary.transition) wrong(id, "the snapshot and the history differ");
    for (const auto& event : taken_of(id)) {
      if (!life.heard.contains(event)) wrong(id, event + " was acknowledged, and is lost");
    }
  }

  std::set<std::string> taken_of(const std::string& id) const {
    const auto found = record_.taken.find(id);
    return found == record_.taken.end() ? std::set<std::string>() : found->second;
  }

  struct Life {
    std::string id;
    std::set<std::string> steps;                  // tasks
    std::map<std::string, Instant> timers;        // task -> due
    std::map<std::string, std::uint64_t> events;  // id -> the transition that took it
    std::set<std::string> heard;                  // ids, taken or kept
    std::set<std::string> children;               // tasks
  };

  void judge(Life& life, const HistoryRecord& record, const HistoryEntry& entry) {
    const auto& task = entry.task;
    switch (entry.kind) {
      case Kind::step_enqueued:
        if (!life.steps.insert(task).second) wrong(life.id, task + " has two steps");
        break;
      case Kind::step_completed: result(life, entry); break;
      case Kind::timer_armed:
        if (!from_rfc3339(entry.detail, life.timers[task])) wrong(life.id, "no time: " + task);
        break;
      case Kind::timer_fired: timer(life, record, task); break;
      case Kind::event_received:
      case Kind::event_kept: event(life, record, entry); break;
      case Kind::child_started: life.children.insert(task); break;
      case Kind::child_ended:
        if (life.children.erase(task) == 0) wrong(life.id, task + ": its child ended twice");
        break;
      default: break;
    }
  }

  void result(Life& life, const HistoryEntry& entry) {
    if (life.steps.erase(entry.task) == 0) {
      wrong(life.id, entry.task + " has a result and no step (any more)");
    }
    const auto nonce = entry.data.json().value("nonce", std::string());
    ++stands_[nonce];
    const auto sent = record_.results.find(nonce);
    if (sent == record_.results.end() || sent->second.workflow != life.id ||
        sent->second.task != entry.task) {
      wrong(life.id, entry.task + ": the result " + nonce + " is nobody's");
    }
  }

  void timer(Life& life, const HistoryRecord& record, const std::string& task) {
    const auto armed = life.timers.extract(task);
    if (armed.empty()) return wrong(life.id, "the timer of " + task + " fired and was not armed");
    if (record.at < armed.mapped()) wrong(life.id, "the timer of " + task + " fired early");
  }

  void event(Life& life, const HistoryRecord& record, const HistoryEntry& entry) {
    if (!entry.data.json().is_object()) return;  // a timer that is kept
    const auto name = entry.data.json().value("id", std::string());
    life.heard.insert(name);
    if (entry.kind == Kind::event_kept) return;
    const auto [before, fresh] = life.events.emplace(name, record.transition);
    if (!fresh && before->second != record.transition) wrong(life.id, "it took " + name + " twice");
  }

  void judge_rest() {
    const auto stats = store_.stats();
    if (stats.timers != 0) wrong("timers", std::to_string(stats.timers) + " are left");
    if (stats.outbox != 0) wrong("outbox", std::to_string(stats.outbox) + " are left");
    const auto queues = store_.queues().value();
    for (const auto& queue : queues) {
      const auto counts = store_.queue_counts(queue.queue);
      if (counts.ready + counts.delayed + counts.dead != 0) wrong(queue.queue, "steps are left");
    }
  }

  persistence::Store& store_;
  const Record& record_;
  std::map<std::string, std::uint64_t> stands_;  // nonce -> times
  std::vector<std::string> problems_;
};

}  // namespace

std::vector<std::string> judge(persistence::Store& store, const Record& record) {
  return Court(store, record).judge();
}

}  // namespace endure::simulation
