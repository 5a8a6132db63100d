#include "runtime/bridge/link.hpp"

#include <algorithm>
#include <utility>

namespace endure::bridge {

std::string_view to_string(LinkState state) {
  switch (state) {
    case LinkState::absent: return "absent";
    case LinkState::greeting: return "greeting";
    case LinkState::up: return "up";
    case LinkState::refused: return "refused";
  }
  return "absent";
}

PeerLink::PeerLink(std::string node, LinkConfig config, Events events)
    : node_(std::move(node)), config_(config), events_(std::move(events)) {}

// -- the connection ---------------------------------------------------------------

void PeerLink::become(LinkState state, std::int64_t now_ms) {
  if (view_.state == state) return;
  const bool was_up = view_.state == LinkState::up;
  // A node that is dialled again and again has been away since it was lost.
  const bool still_away =
      (view_.state == LinkState::absent || view_.state == LinkState::greeting) &&
      (state == LinkState::absent || state == LinkState::greeting);
  view_.state = state;
  if (!still_away) view_.since_ms = now_ms;
  if (was_up) ++view_.losses;
  if (was_up || state == LinkState::up) events_.changed(state == LinkState::up);
}

void PeerLink::on_dialled(Greeting own, std::int64_t now_ms) {
  own.to = node_;
  dialled_ms_ = heard_ms_ = now_ms;
  if (asks_) ++unanswered_;
  asks_ = true;
  clear_queue();
  // A refusal is shown until the other has changed its mind.
  if (view_.state != LinkState::refused) become(LinkState::greeting, now_ms);
  put(encode(Hello{std::move(own)}));
}

// A socket connects by itself as often as it must. A new one is needed where a hello was refused,
// and where one may have been lost; on a busy machine an answer may take long, so with more
// patience each time.
bool PeerLink::should_dial(std::int64_t now_ms) const {
  if (view_.state == LinkState::up) return now_ms - heard_ms_ >= config_.lost_after_ms;
  if (!asks_) return view_.state != LinkState::refused || now_ms - refused_ms_ >= config_.redial_ms;
  constexpr std::uint32_t most_doublings = 4;
  const auto patience_ms = config_.lost_after_ms << std::min(unanswered_, most_doublings);
  return now_ms - dialled_ms_ >= patience_ms;
}

void PeerLink::on_failure(const std::string& why, std::int64_t now_ms) {
  view_.refusal = why;
  refused_ms_ = now_ms;
  unanswered_ = 0;  // it was not slow
  become(LinkState::refused, now_ms);
  fail_all("no connection to the node " + node_ + ": " + why);
}

void PeerLink::on_lost(const std::string& why, std::int64_t now_ms) {
  if (view_.state != LinkState::refused) become(LinkState::absent, now_ms);
  view_.round_trip_us.reset();
  clear_queue();
  fail_all(why);
}

void PeerLink::on_message(const Message& message, std::int64_t now_ms, std::int64_t now_us) {
  heard_ms_ = now_ms;
  if (const auto* welcome = std::get_if<Welcome>(&message)) return on(*welcome, now_ms);
  if (const auto* refused = std::get_if<Refused>(&message)) {
    view_.refusal = std::string(refused->what);
    refused_ms_ = now_ms;
    asks_ = false;
    unanswered_ = 0;
    become(LinkState::refused, now_ms);
    return fail_all("the node " + node_ + " refuses this one: " + view_.refusal);
  }
  if (view_.state != LinkState::up) return;  // of a connection before this one
  if (const auto* beaten = std::get_if<Beaten>(&message)) return on(*beaten, now_us);
  if (const auto* answer = std::get_if<Answer>(&message)) return on(*answer);
  if (std::holds_alternative<Goodbye>(message)) {
    on_lost("the node " + node_ + " stops", now_ms);
  }
}

void PeerLink::on(const Welcome& message, std::int64_t now_ms) {
  asks_ = false;
  unanswered_ = 0;
  if (auto refusal = events_.admit(message.greeting); !refusal.empty()) {
    view_.refusal = std::move(refusal);
    refused_ms_ = now_ms;
    return become(LinkState::refused, now_ms);
  }
  view_.refusal.clear();
  view_.greeting = message.greeting;
  next_beat_ms_ = now_ms;
  become(LinkState::up, now_ms);
}

void PeerLink::on(const Beaten& message, std::int64_t now_us) {
  const auto taken = now_us - static_cast<std::int64_t>(message.stamp);
  if (taken >= 0) view_.round_trip_us = taken;
  events_.heard(message.counter, message.news);
}

// -- time -------------------------------------------------------------------------

void PeerLink::on_time(std::int64_t now_ms, std::int64_t now_us, std::uint64_t counter,
                       const std::string& news) {
  for (auto it = pending_.begin(); it != pending_.end();) {
    if (it->second.deadline_ms > now_ms) {
      ++it;
      continue;
    }
    auto reply = std::move(it->second.reply);
    it = pending_.erase(it);
    ++view_.failed;
    reply(fail(Code::retry_later,
               "the node " + node_ + " has not answered in time; the call may still take effect",
               node_));
  }
  view_.pending = pending_.size();
  if (view_.state == LinkState::up && now_ms >= next_beat_ms_) {
    beat(now_ms, now_us, counter, news);
  }
}

void PeerLink::beat(std::int64_t now_ms, std::int64_t now_us, std::uint64_t counter,
                    const std::string& news) {
  if (view_.state != LinkState::up) return;
  next_beat_ms_ = now_ms + config_.heartbeat_ms;
  put(encode(Beat{static_cast<std::uint64_t>(now_us), counter, news}));
}

// -- calls ------------------------------------------------------------------------

void PeerLink::call(OutgoingCall call, std::int64_t now_ms) {
  const std::size_t counted = call.body.size();
  if (view_.state != LinkState::up || call.deadline_ms <= now_ms) {
    events_.unqueued(counted);
    ++view_.failed;
    return call.reply(fail(Code::retry_later, "the node " + node_ + " is away", node_));
  }
  ++view_.calls;
  const auto id = next_id_++;
  put(encode(Call{id, static_cast<std::uint64_t>(call.deadline_ms - now_ms), call.kind, call.body}),
      counted);
  pending_.emplace(id, Pending{call.deadline_ms, std::move(call.reply)});
  view_.pending = pending_.size();
}

void PeerLink::on(const Answer& message) {
  const auto found = pending_.extract(message.id);
  if (found.empty()) return;  // it came too late
  view_.pending = pending_.size();
  if (message.taken) return found.mapped().reply(std::string(message.body));
  ++view_.failed;
  found.mapped().reply(fail(Code::retry_later, std::string(message.body), node_));
}

void PeerLink::fail_all(const std::string& why) {
  auto pending = std::exchange(pending_, {});
  view_.pending = 0;
  view_.failed += pending.size();
  for (auto& [id, call] : pending) {
    call.reply(fail(Code::retry_later, why + "; the call may still take effect", node_));
  }
}

void PeerLink::close(std::int64_t now_ms) {
  clear_queue();
  if (view_.state == LinkState::up) put(encode(Goodbye{}));
  fail_all("the node is stopping");
  become(LinkState::absent, now_ms);
}

// -- sending ----------------------------------------------------------------------

void PeerLink::put(std::string message, std::size_t counted) {
  queue_.push_back({std::move(message), counted});
}

void PeerLink::clear_queue() {
  std::size_t counted = std::exchange(frame_counted_, 0);
  for (const auto& item : queue_) counted += item.counted;
  queue_.clear();
  frame_.reset();
  if (counted > 0) events_.unqueued(counted);
}

const std::string* PeerLink::next_frame() {
  if (!frame_ && !queue_.empty()) {
    frame_.emplace();
    while (!queue_.empty() && (frame_->empty() || frame_->size() + queue_.front().message.size() <=
                                                      config_.frame_bytes)) {
      append_to_frame(*frame_, queue_.front().message);
      frame_counted_ += queue_.front().counted;
      queue_.pop_front();
    }
  }
  return frame_ ? &*frame_ : nullptr;
}

void PeerLink::sent() {
  frame_.reset();
  if (frame_counted_ > 0) events_.unqueued(std::exchange(frame_counted_, 0));
}

}  // namespace endure::bridge
