// Tells the step queues what transitions changed for them, once those are durable, and then those
// workflows that want to know it that their commits are over. What one commit brings is gathered,
// so that a queue gets one message a commit and not several a transition; and a queue hears before
// whoever asked for the transition does: who was told that a workflow has ended gets no step of it
// any more. The journal's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/commit_notice.hpp"
#include "actors/messages.hpp"
#include "persistence/change.hpp"
#include "workflow/decide.hpp"

namespace endure::actors {

struct Context;
class FamilyNews;

class Announcer {
 public:
  using TellQueue = std::function<void(const std::string& queue, QueueNews&& news)>;
  using TellWorkflow = std::function<void(const caf::actor& workflow)>;

  Announcer(TellQueue tell_queue, TellWorkflow tell_workflow)
      : tell_queue_(std::move(tell_queue)), tell_workflow_(std::move(tell_workflow)) {}

  void ready(persistence::StepRecord&& step);
  void gone(persistence::StepKey key);
  void settled(StepSettled&& settled);
  void committed(caf::actor workflow, const std::shared_ptr<CommitNotice>& notice);
  void flush();  // at the end of a commit

 private:
  const TellQueue tell_queue_;
  const TellWorkflow tell_workflow_;
  struct Committed {
    caf::actor workflow;
    std::shared_ptr<CommitNotice> notice;
  };
  std::vector<Committed> committed_;
  std::map<std::string, QueueNews, std::less<>> news_;
};

// All that the neighbours of a workflow hear of one transition after its commit.
class Announcement {
 public:
  // `before`: the snapshot that the outcome follows. `answer`: the worker's answer that caused it,
  // or null.
  Announcement(const workflow::Snapshot& before, const workflow::Outcome& outcome,
               const workflow::Event& cause, std::shared_ptr<StepAnswer> answer,
               std::shared_ptr<const FamilyNews> family, bool for_sinks);

  // The change is durable; its steps are moved out of it. The journal's thread.
  void announce(Context& context, persistence::Transition& committed);

 private:
  std::vector<persistence::StepKey> gone_;
  std::vector<std::string> redriven_;  // queues
  std::int64_t first_timer_ms_ = INT64_MAX;
  bool publishes_ = false;
  bool for_sinks_ = false;
  std::shared_ptr<StepAnswer> answer_;
  std::shared_ptr<const FamilyNews> family_;
};

}  // namespace endure::actors
