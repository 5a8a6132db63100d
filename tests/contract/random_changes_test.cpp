// Thousands of random changes on the memory store and on an LMDB volume must leave the same rows,
// and in LMDB the counts that are kept must be those of the rows.
#include <algorithm>
#include <array>
#include <random>

#include "persistence/verify.hpp"
#include "tests/contract/store_dump.hpp"
#include "tests/contract/volume_under_test.hpp"

using namespace endure;
using namespace endure::persistence;
using workflow::Phase;

namespace {

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  // Mostly fitting changes, some that must be refused.
  Change next() {
    const auto dice = below(100);
    if (dice < 20 || workflows_.empty()) return create();
    if (dice < 60) return go_on(any_workflow());
    if (dice < 70) return retry();
    if (dice < 78) return due();
    if (dice < 83) return lease();
    if (dice < 86) return QueuePaused{any(queues), below(2) == 0};
    if (dice < 90) return accept();
    if (dice < 95) return dispatch();
    if (dice < 96) return deploy();
    if (dice < 98) return let_go();
    return WorkflowRemoved{below(10) == 0 ? 9'999 : any_workflow().number};
  }

  // What became of a change is known only after its commit.
  void learn(const Change& change, const Result<void>& result) {
    if (!result) return;
    if (const auto* accepted = std::get_if<EventAccepted>(&change)) {
      outbox_.push_back(accepted->row);
    }
    if (const auto* t = std::get_if<Transition>(&change)) {
      outbox_.insert(outbox_.end(), t->publish.begin(), t->publish.end());
      auto snapshot = decode_snapshot(t->snapshot).value();
      const auto it = find(t->workflow);
      if (it == workflows_.end())
        workflows_.push_back(std::move(snapshot));
      else
        *it = std::move(snapshot);
    } else if (const auto* removed = std::get_if<WorkflowRemoved>(&change)) {
      workflows_.erase(find(removed->workflow));
    } else if (const auto* retried = std::get_if<StepRetried>(&change)) {
      if (retried->record.due.ms > 0) {
        delayed_.push_back({retried->record.key, retried->record.due});
      }
    }
  }

 private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  template <class List>
  const typename List::value_type& any(const List& list) {
    return list[below(list.size())];
  }
  std::vector<workflow::Snapshot>::iterator find(WorkflowNumber number) {
    return std::find_if(workflows_.begin(), workflows_.end(),
                        [&](const auto& w) { return w.number == number; });
  }
  const workflow::Snapshot& any_workflow() { return any(workflows_); }

  OutboxRow event() {
    OutboxRow row{++sequence_, "event", any(types), 0, false, below(3) > 0, {}, {}};
    row.accepted = {static_cast<std::int64_t>(below(1'000))};
    return row;
  }

  Change let_go() {
    if (below(3) == 0) return EventsLooked{workflows_.empty() ? 1 : any_workflow().number};
    std::vector<std::uint64_t> sequences;
    for (int i = 0; i < 20; ++i) sequences.push_back(1 + below(sequence_ + 1));
    if (below(2) == 0) return EventsExpired{std::move(sequences)};
    SinkSettled settled;
    for (const auto sequence : sequences) settled.keys.push_back({any(sinks), sequence});
    return settled;
  }

  Change create() {
    const auto number = below(20) == 0 && next_ > 1 ? next_ - 1 : next_++;
    return grow(sample_snapshot(number, 1, any_phase(), any(statuses)), nullptr);
  }

  Change go_on(const workflow::Snapshot& before) {
    auto after = before;
    after.transition += below(20) == 0 ? 2 : 1;
    after.updated = after.created + static_cast<std::int64_t>(below(1'000));
    after.phase = any_phase();
    after.status = any(statuses);
    return grow(std::move(after), &before);
  }

  Phase any_phase() {
    constexpr std::array phases{Phase::waiting,   Phase::waiting, Phase::running,
                                Phase::waiting,   Phase::pending, Phase::waiting,
                                Phase::completed, Phase::faulted, Phase::suspended};
    return any(phases);
  }

  // Adds effects to a transition, and their traces to its snapshot.
  Change grow(workflow::Snapshot s, const workflow::Snapshot* before) {
    Transition effects;
    const bool ends = workflow::is_ended(s.phase);
    shrink(s, effects, ends);
    if (!ends) add(s, effects);
    if (below(4) == 0) {
      effects.keep_messages.push_back({++sequence_, encode_event(workflow::TimerFired{1})});
    }
    if (below(8) == 0 && sequence_ > 0) effects.consume_messages.push_back(1 + below(sequence_));
    if (below(8) == 0) effects.publish.push_back(event());
    effects.looked = below(3) == 0;
    if (below(6) == 0) {
      effects.sink_events.push_back({{any(sinks), ++sequence_}, s.number, "for a sink"});
    }
    return merged(transition_to(s, before), std::move(effects));
  }

  void add(workflow::Snapshot& s, Transition& effects) {
    for (auto n = below(3); n > 0; --n) {
      const workflow::OpenStep open{s.next_wait++,
                                    any(queues),
                                    static_cast<std::uint8_t>(below(10)),
                                    {static_cast<std::int64_t>(below(50))},
                                    false};
      effects.enqueue.push_back(
          sample_step({open.queue, open.priority, open.enqueued, s.number, open.wait}));
      s.steps.push_back(open);
    }
    if (below(3) == 0) {
      s.timers.push_back({s.next_wait++, {static_cast<std::int64_t>(below(1'000))}});
      effects.arm_timers.push_back({s.timers.back().due, s.number, s.timers.back().wait});
    }
    if (below(3) == 0) {
      s.listeners.push_back({s.next_wait++, any(types)});
      effects.listen.push_back({s.listeners.back().type, s.number, s.listeners.back().wait});
    }
  }

  static Transition merged(Transition t, Transition effects) {
    t.enqueue = std::move(effects.enqueue);
    t.remove_steps = std::move(effects.remove_steps);
    t.bury_steps = std::move(effects.bury_steps);
    t.redrive_steps = std::move(effects.redrive_steps);
    t.arm_timers = std::move(effects.arm_timers);
    t.disarm_timers = std::move(effects.disarm_timers);
    t.listen = std::move(effects.listen);
    t.unlisten = std::move(effects.unlisten);
    t.keep_messages = std::move(effects.keep_messages);
    t.consume_messages = std::move(effects.consume_messages);
    t.publish = std::move(effects.publish);
    t.looked = effects.looked;
    t.sink_events = std::move(effects.sink_events);
    return t;
  }

  // Ends some of what is open, or moves steps to the dead letters and back.
  void shrink(workflow::Snapshot& s, Transition& effects, bool all) {
    std::erase_if(s.steps, [&](workflow::OpenStep& open) {
      const StepKey key{open.queue, open.priority, open.enqueued, s.number, open.wait};
      switch (all ? 0 : below(6)) {
        case 0: effects.remove_steps.push_back(key); return true;
        case 1:
          if (!open.dead) effects.bury_steps.push_back({key, {"type", 500, "t", "d", ""}, {77}});
          open.dead = true;
          return false;
        case 2:
          if (open.dead) effects.redrive_steps.push_back(key);
          open.dead = false;
          return false;
        default: return false;
      }
    });
    std::erase_if(s.timers, [&](const workflow::OpenTimer& open) {
      if (!all && below(4) != 0) return false;
      effects.disarm_timers.push_back({open.due, s.number, open.wait});
      return true;
    });
    std::erase_if(s.listeners, [&](const workflow::OpenListener& open) {
      if (!all && below(4) != 0) return false;
      effects.unlisten.push_back({open.type, s.number, open.wait});
      return true;
    });
  }

  StepKey any_step() {
    const auto& s = any_workflow();
    if (s.steps.empty()) return sample_step_key(s.number, 999);
    const auto& open = any(s.steps);
    return {open.queue, open.priority, open.enqueued, s.number, open.wait};
  }

  Change retry() {
    auto record = sample_step(any_step());
    record.attempts = static_cast<std::uint32_t>(below(5));
    record.due = {below(4) == 0 ? 0 : static_cast<std::int64_t>(1 + below(1'000))};
    record.last_fault = {"type", 429, "t", "d", ""};
    return StepRetried{record};
  }

  Change due() {
    if (delayed_.empty()) return QueuePaused{any(queues), false};
    const auto& some = any(delayed_);
    StepsDue change{some.key.queue, {some}};
    for (const auto& other : delayed_) {
      if (other.key.queue == change.queue && below(3) == 0) change.steps.push_back(other);
    }
    return change;
  }

  Change lease() {
    LeasesKept change;
    for (auto n = 1 + below(3); n > 0; --n) {
      change.leases.push_back({any_step(), {static_cast<std::int64_t>(below(9'000))}, "worker"});
    }
    return change;
  }

  Change accept() {
    const auto again = sequence_;
    EventAccepted accepted{event()};
    if (below(5) == 0) accepted.row.sequence = again;
    if (below(2) == 0) accepted.row.identity = "source\n" + std::to_string(below(20));
    return accepted;
  }

  Change dispatch() {
    EventDispatched change;
    change.sequence = 1 + below(sequence_ + 1);
    for (auto n = below(4); n > 0; --n) {
      change.deliveries.push_back(
          {any_workflow().number, {++sequence_, encode_event(workflow::TimerFired{2})}});
    }
    if (!outbox_.empty() && below(3) > 0) {
      const OutboxRow& row = any(outbox_);
      change.sequence = row.sequence;
      if (below(2) == 0) {
        change.progress = row;
        change.progress->resume_after = below(99);
        change.progress->any_done = below(2) == 0;
      }
    }
    return change;
  }

  Change deploy() {
    return DefinitionDeployed{{{"test", "d" + std::to_string(below(5)), "1"},
                               "source " + std::to_string(below(2)),
                               {static_cast<std::int64_t>(below(100))}}};
  }

  std::mt19937_64 random_;
  std::vector<workflow::Snapshot> workflows_;  // as stored
  std::vector<StepsDue::Due> delayed_;         // once were, at least
  WorkflowNumber next_ = 1;
  std::vector<OutboxRow> outbox_;  // as they came
  std::uint64_t sequence_ = 0;
};

std::string outcome(const Result<void>& result) {
  if (result) return "applied";
  return std::string(to_string(result.error().code)) + ": " + result.error().what;
}

}  // namespace

TEST_CASE("random changes leave the same rows in every store", "[random]") {
  const auto seed = GENERATE(as<unsigned>(), 1, 2, 3);
  INFO("seed " << seed);
  VolumeUnderTest memory(Kind::memory);
  VolumeUnderTest lmdb(Kind::lmdb);
  Generator generator(seed);
  std::mt19937 sizes(seed);
  std::size_t refused = 0;
  std::size_t applied = 0;
  for (int round = 0; round < 250; ++round) {
    std::vector<Change> batch;
    for (auto n = 1 + sizes() % 16; n > 0; --n) batch.push_back(generator.next());
    const auto expected = memory.commit(batch);
    const auto got = lmdb.commit(batch);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      REQUIRE(outcome(got[i]) == outcome(expected[i]));
      generator.learn(batch[i], got[i]);
      ++(got[i] ? applied : refused);
    }
    if (round % 50 == 49) {
      lmdb.reopen();
      REQUIRE(Dump(*lmdb).lines() == Dump(*memory).lines());
      const auto findings = verify_store(*lmdb);
      REQUIRE(findings);
      for (const auto& finding : *findings) {
        // Made-up workflows may wait for nothing and have no definition.
        if (finding.what.find("waits for nothing") != std::string::npos) continue;
        if (finding.what.find("definition is not stored") != std::string::npos) continue;
        FAIL_CHECK(finding.table << "/" << finding.key << ": " << finding.what);
      }
    }
  }
  CHECK(applied > 1'000);
  CHECK(refused > 100);
}
