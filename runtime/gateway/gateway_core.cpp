#include "runtime/gateway/gateway_core.hpp"

#include <algorithm>

#include "base/fault_point.hpp"
#include "base/log.hpp"

namespace endure::gateway {

GatewayCore::GatewayCore(const WorkerGatewayConfig& config, actors::Engine& engine, Clock& clock,
                         Transport& transport, std::shared_ptr<Outbox> outbox, Counters& counters)
    : config_(config),
      engine_(engine),
      clock_(clock),
      transport_(transport),
      outbox_(std::move(outbox)),
      counters_(counters) {}

// -- what the engine says -----------------------------------------------------------------

void GatewayCore::pump() {
  for (auto& item : outbox_->take()) {
    const auto it = sessions_.find(item.session);
    if (it == sessions_.end()) {
      take_without_session(item);
    } else {
      std::visit([&](auto& what) { take(*it->second, what); }, item.what);
    }
  }
  std::vector<SessionId> touched;
  touched.swap(touched_);
  for (const SessionId id : touched) {
    const auto it = sessions_.find(id);
    if (it != sessions_.end()) flush(*it->second);
  }
  std::vector<SessionId> unsent;
  unsent.swap(unsent_);
  for (const SessionId id : unsent) {
    const auto it = sessions_.find(id);
    if (it != sessions_.end()) send_unsent(*it->second);
  }
}

void GatewayCore::take(Session& session, Delivered& delivered) {
  for (auto& step : delivered.steps) {
    session.spend(step.token.key.queue);
    if (session.draining || session.unreachable) {
      engine_.release(session.consumer, step.token);
    } else {
      session.steps.push_back(std::move(step));
    }
  }
  touch(session);
}

void GatewayCore::take(Session& session, TakenAway& taken) {
  session.revoked.emplace_back(actors::to_text(taken.token), std::move(taken.why));
  touch(session);
}

void GatewayCore::take(Session& session, Answered& answered) {
  Session::PendingAnswer pending{std::move(answered.token), Answer::ok, {}};
  if (!answered.outcome) {
    const Error& error = answered.outcome.error();
    pending.text = error.what;
    switch (error.code) {
      case Code::conflict:
      case Code::not_found: pending.answer = Answer::stale; break;
      case Code::invalid:
      case Code::corrupt: pending.answer = Answer::invalid; break;
      case Code::retry_later:
      case Code::full:
      case Code::io: pending.answer = Answer::retry; break;
    }
  }
  if (pending.answer == Answer::ok || pending.answer == Answer::stale) {
    if (const auto token = session.end(pending.token)) session.give_back(token->key.queue);
  }
  session.answers.push_back(std::move(pending));
  touch(session);
}

void GatewayCore::take(Session& session, Beaten& beaten) {
  // An engine that cannot tell now has not taken anything away: the next beat will ask again.
  std::vector<std::string> texts;
  if (beaten.lost) {
    for (const auto& token : *beaten.lost) texts.push_back(actors::to_text(token));
  }
  send(session, encode(Lost{{texts.begin(), texts.end()}}));
}

// The worker has gone meanwhile. Its steps went back when it was detached; those that the engine
// handed out at that very moment go back now.
void GatewayCore::take_without_session(OutboxItem& item) {
  if (const auto* delivered = std::get_if<Delivered>(&item.what)) {
    for (const auto& step : delivered->steps) engine_.release(delivered->consumer, step.token);
  }
}

// -- sending --------------------------------------------------------------------------------

void GatewayCore::touch(Session& session) {
  if (touched_.empty() || touched_.back() != session.id) touched_.push_back(session.id);
}

void GatewayCore::flush(Session& session) {
  grant_returned(session);
  if (!session.answers.empty()) flush_answers(session);
  if (!session.revoked.empty()) flush_revoked(session);
  if (!session.steps.empty()) flush_steps(session);
}

void GatewayCore::flush_answers(Session& session) {
  ENDURE_FAULT_POINT("gateway.before_ack");
  Answers message;
  message.items.reserve(std::min<std::size_t>(session.answers.size(), max_items));
  for (const auto& item : session.answers) {
    if (message.items.size() == max_items) {
      send(session, encode(message));
      message.items.clear();
    }
    message.items.push_back({item.token, item.answer, item.text});
  }
  send(session, encode(message));
  ENDURE_FAULT_POINT("gateway.after_ack");
  session.answers.clear();
}

void GatewayCore::flush_revoked(Session& session) {
  Revoke message;
  for (const auto& [token, why] : session.revoked) {
    if (message.items.size() == max_items) {
      send(session, encode(message));
      message.items.clear();
    }
    message.items.push_back({token, why});
  }
  send(session, encode(message));
  session.revoked.clear();
}

// As many steps a message as its limit allows; a step that is larger alone goes alone.
void GatewayCore::flush_steps(Session& session) {
  std::vector<actors::LeasedStep> leased;
  leased.swap(session.steps);
  if (session.draining || session.unreachable) {
    for (const auto& step : leased) engine_.release(session.consumer, step.token);
    return;
  }
  std::vector<std::string> tokens;
  tokens.reserve(leased.size());
  Steps message;
  std::size_t bytes = 0;
  for (const auto& step : leased) {
    tokens.push_back(actors::to_text(step.token));
    session.hold(tokens.back(), step.token);
    const std::size_t size = step.arguments.size() + step.task.size() + 1'024;
    if (!message.items.empty() && bytes + size > config_.max_message_bytes) {
      send(session, encode(message));
      message.items.clear();
      bytes = 0;
    }
    bytes += size;
    message.items.push_back({tokens.back(), step.name.ns, step.name.id, step.token.key.queue,
                             step.task, step.token.attempt, step.lease_ms, step.idempotency_key,
                             step.arguments});
  }
  send(session, encode(message));
  counters_.steps_sent += leased.size();
}

void GatewayCore::send(Session& session, std::string frame) {
  if (session.unreachable) return;  // what it misses is sorted out when it comes back
  session.unsent.push_back(std::move(frame));
  send_unsent(session);
}

void GatewayCore::send_unsent(Session& session) {
  while (!session.unsent.empty()) {
    const auto sent = transport_.send(session.route, session.unsent.front());
    if (sent == Transport::Sent::later) break;
    if (sent == Transport::Sent::unreachable) {
      session.unreachable = true;
      session.unsent.clear();
      return;
    }
    session.unsent.pop_front();
  }
  if (session.unsent.size() > config_.max_unsent) {
    log(Level::warning, "worker does not read its messages", {{"worker", session.worker}});
    session.unreachable = session.doomed = true;
    session.unsent.clear();
  }
  if (!session.unsent.empty()) unsent_.push_back(session.id);
}

// -- the end of sessions ------------------------------------------------------------------------

void GatewayCore::tick() {
  const std::int64_t silent_since =
      clock_.steady_ms() - config_.heartbeat_ms * config_.lost_after_beats;
  std::vector<Session*> lost;
  for (const auto& [id, session] : sessions_) {
    if (session->doomed || session->heard_ms < silent_since) lost.push_back(session.get());
  }
  for (Session* session : lost) {
    log(Level::warning, "worker lost", {{"worker", session->worker}, {"steps", session->held()}});
    ++counters_.workers_lost;
    drop(*session, true);
  }
  if (!config_.others) return;
  auto others = config_.others();
  if (others == others_) return;
  others_ = std::move(others);
  for (const auto& [id, session] : sessions_) tell_others(*session);
}

void GatewayCore::tell_others(Session& session) {
  if (others_.empty()) return;
  Nodes message;
  for (const auto& [node, address] : others_) message.items.push_back({node, address});
  send(session, encode(message));
}

void GatewayCore::drop(Session& session, bool lost) {
  engine_.detach(session.consumer, lost);
  by_route_.erase(session.route);
  by_instance_.erase(session.instance);
  sessions_.erase(session.id);
  counters_.workers = sessions_.size();
}

void GatewayCore::close(const std::string& why) {
  pump();  // answers that are there already still go out
  const std::string goodbye = encode(Goodbye{{}, why}, false);
  while (!sessions_.empty()) {
    Session& session = *sessions_.begin()->second;
    send(session, goodbye);
    drop(session, false);
  }
}

}  // namespace endure::gateway
