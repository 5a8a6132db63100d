// The outcome while it is being written. Every change of what a workflow has open goes through
// here, so that the snapshot's lists and the effects can never disagree.
#pragma once

#include <string>
#include <vector>

#include "workflow/decide.hpp"

namespace endure::workflow::interpreter {

class Draft {
 public:
  Draft(const Snapshot& snapshot, Instant at) : next(snapshot), now(at) {}

  Snapshot next;
  Instant now;

  void note(HistoryEntry::Kind kind, std::string task = {}, std::string detail = {},
            Value data = {});

  WaitId new_wait() { return next.next_wait++; }

  // -- steps --
  void open_step(EnqueueStep step, bool detached = false);
  void close_step(WaitId wait);  // wherever it lies; nothing where there is none
  void bury_step(WaitId wait, Fault fault);
  void redrive_step(WaitId wait);
  OpenStep* find_step(WaitId wait);
  bool has_dead_step() const;

  // -- timers --
  void arm(WaitId wait, Instant due);
  void disarm(WaitId wait);  // nothing where there is none
  bool has_timer(WaitId wait) const;

  // -- listeners --
  void listen(WaitId wait, std::string type);  // a second time: nothing
  void unlisten(WaitId wait, const std::string& type);

  // -- children --
  void start_child(StartChild child, const std::string& task);
  void close_child(WaitId wait);   // cancels it; nothing where there is none
  void forget_child(WaitId wait);  // it has ended by itself

  // Everything that stands open under this number.
  void close_wait(WaitId wait);

  // -- messages --
  void keep(Message message, bool stored);
  void consume(std::uint64_t sequence);  // a message of next.mailbox
  void consume_decided(std::uint64_t sequence) { effects_.push_back(ConsumeMessage{sequence}); }
  void set_aside(std::uint64_t sequence);  // out of next.mailbox alone, while it is decided
  // Into the mailbox, for the listens that it names.
  void queue(std::uint64_t sequence, EventReceived event);
  // The message waits for this listen no more: it was taken by it, or else it is not wanted.
  void leave_queue(std::uint64_t sequence, WaitId wait, bool taken);
  void empty_queue(WaitId wait);
  void publish(CloudEvent event) { effects_.push_back(PublishEvent{std::move(event)}); }

  // -- what came before --
  void has_had(std::uint64_t identity_hash);  // 0: nothing
  void took(std::uint64_t published);         // 0: nothing
  void took_not(std::uint64_t published);

  // Ends the workflow: closes all, clears the stack.
  void end(Phase phase, std::string cause);

  Outcome finish() &&;

 private:
  void tell_parent();

  template <class Opening, class Matches>
  bool take_back(const Matches& matches);

  std::vector<Effect> effects_;
  std::vector<HistoryEntry> history_;
};

}  // namespace endure::workflow::interpreter
