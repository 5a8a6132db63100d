#include "runtime/bridge/listener.hpp"

#include <utility>

#include "base/log.hpp"

namespace endure::bridge {

namespace {

constexpr std::int64_t tell_again_ms = 30'000;
constexpr std::size_t most_told = 1'000;

}  // namespace

Listener::Listener(ListenerConfig config, Events events, Transport& transport)
    : config_(config), events_(std::move(events)), transport_(transport) {}

void Listener::on_message(const std::string& route, const std::string& key, const Message& message,
                          std::int64_t now_ms) {
  if (const auto* hello = std::get_if<Hello>(&message)) {
    return on_hello(route, key, hello->greeting, now_ms);
  }
  const auto found = sessions_.find(route);
  // Whoever speaks without a greeting finds out by silence, and dials anew.
  if (found == sessions_.end() || found->second.doomed) return;
  Session& session = found->second;
  session.heard_ms = now_ms;
  if (const auto* beat = std::get_if<Beat>(&message)) {
    events_.heard(session.node, beat->counter, beat->news);
    put(session, encode(Beaten{beat->stamp, events_.counter(), events_.news()}));
  } else if (const auto* call = std::get_if<Call>(&message)) {
    on_call(session, *call);
  } else if (std::holds_alternative<Goodbye>(message)) {
    forget(route);
  }
}

void Listener::on_hello(const std::string& route, const std::string& key, const Greeting& theirs,
                        std::int64_t now_ms) {
  Greeting own = events_.greeting();
  own.to = theirs.node;
  auto why = events_.admit(theirs, key);
  if (!why.empty()) {
    ++refused_;
    if (told_ms_.size() > most_told) told_ms_.clear();
    const auto [told, fresh] = told_ms_.emplace(theirs.node, now_ms);
    if (fresh || now_ms - told->second >= tell_again_ms) {
      told->second = now_ms;
      log(Level::warning, "a node is refused", {{"node", theirs.node}, {"why", why}});
    }
    forget(route);
    return send_alone(route, encode(Refused{why}));
  }
  told_ms_.erase(theirs.node);
  forget(route);
  Session& session = sessions_[route];
  session.id = next_id_++;
  session.route = route;
  session.node = theirs.node;
  session.heard_ms = now_ms;
  routes_[session.id] = route;
  put(session, encode(Welcome{std::move(own)}));
}

void Listener::on_call(Session& session, const Call& call) {
  if (session.calls >= config_.max_calls) {
    return put(session, encode(Answer{call.id, false,
                                      "the node has as many calls of this one under way as it "
                                      "takes; try again"}));
  }
  ++session.calls;
  events_.called(session.node, {session.id, call.id}, call);
}

void Listener::answer(CallPlace place, std::string body) {
  const auto route = routes_.find(place.connection);
  if (route == routes_.end()) return;  // it has gone
  Session& session = sessions_.at(route->second);
  if (session.calls > 0) --session.calls;
  put(session, encode(Answer{place.id, true, body}));
}

// -- sending ----------------------------------------------------------------------

void Listener::put(Session& session, std::string message) {
  if (session.doomed) return;
  session.queued_bytes += message.size();
  session.queue.push_back(std::move(message));
  if (session.queued_bytes <= config_.max_queue_bytes) return;
  log(Level::warning, "a node does not read its answers and is cut off", {{"node", session.node}});
  session.doomed = true;
  session.queue.clear();
  session.queued_bytes = 0;
}

// To nobody's session: not queued, so that a stranger costs no memory.
void Listener::send_alone(const std::string& route, const std::string& message) {
  std::string frame;
  append_to_frame(frame, message);
  transport_.send(route, frame);
}

bool Listener::pump() {
  bool waits = false;
  for (auto& [route, session] : sessions_) waits = pump(session) || waits;
  return waits;
}

bool Listener::pump(Session& session) {
  while (!session.queue.empty()) {
    std::string frame;
    std::size_t count = 0;
    for (const auto& message : session.queue) {
      if (count > 0 && frame.size() + message.size() > config_.frame_bytes) break;
      append_to_frame(frame, message);
      ++count;
    }
    switch (transport_.send(session.route, frame)) {
      case Transport::Sent::later: return true;
      case Transport::Sent::unreachable: session.doomed = true; break;
      case Transport::Sent::yes: break;
    }
    for (std::size_t i = 0; i < count; ++i) {
      session.queued_bytes -= session.queue.front().size();
      session.queue.pop_front();
    }
  }
  return false;
}

void Listener::on_time(std::int64_t now_ms) {
  for (auto it = sessions_.begin(); it != sessions_.end();) {
    const bool lost = it->second.doomed || now_ms - it->second.heard_ms >= config_.lost_after_ms;
    if (lost) routes_.erase(it->second.id);
    it = lost ? sessions_.erase(it) : std::next(it);
  }
}

void Listener::forget(const std::string& route) {
  const auto found = sessions_.find(route);
  if (found == sessions_.end()) return;
  routes_.erase(found->second.id);
  sessions_.erase(found);
}

void Listener::dismiss(const std::string& node) {
  for (auto it = sessions_.begin(); it != sessions_.end();) {
    const bool of_node = it->second.node == node;
    if (of_node) {
      put(it->second, encode(Goodbye{}));
      pump(it->second);
      routes_.erase(it->second.id);
    }
    it = of_node ? sessions_.erase(it) : std::next(it);
  }
}

void Listener::close() {
  for (auto& [route, session] : sessions_) put(session, encode(Goodbye{}));
  pump();
}

}  // namespace endure::bridge
