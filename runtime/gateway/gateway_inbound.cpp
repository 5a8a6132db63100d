// GatewayCore's other half: what workers say.
#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/fault_point.hpp"
#include "base/log.hpp"
#include "persistence/codec.hpp"
#include "runtime/gateway/gateway_core.hpp"
#include "runtime/worker_queue.hpp"

namespace endure::gateway {

namespace {

// As much of `text` as `limit` bytes hold, cut between two characters.
std::string cut(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xc0U) == 0x80U) --limit;
  return std::string(text.substr(0, limit));
}

workflow::Fault fault_of(const StepError& error) {
  workflow::Fault fault;
  fault.type = cut(error.type, 512);
  fault.title = cut(error.title, 512);
  fault.detail = cut(error.detail, 8'192);
  const bool http_like = error.status >= 100 && error.status <= 599;
  fault.status = http_like ? static_cast<int>(error.status) : 500;
  return fault;
}

}  // namespace

void GatewayCore::on_frame(const std::string& route, std::string_view frame) {
  const auto it = by_route_.find(route);
  Session* const session = it == by_route_.end() || it->second->doomed ? nullptr : it->second;
  if (session != nullptr) session->heard_ms = clock_.steady_ms();
  if (frame.empty()) {  // a probe: a connection came up
    if (session == nullptr) refuse(route, Refused::unknown_session, "say hello");
    return;
  }
  if (frame.size() > config_.max_message_bytes) {
    return refuse(route, Refused::too_large,
                  "the message has " + std::to_string(frame.size()) + " bytes; at most " +
                      std::to_string(config_.max_message_bytes) + " are allowed");
  }
  const auto message = decode_from_worker(frame);
  if (!message) return refuse(route, message.error().code, message.error().what);
  if (const auto* hello = std::get_if<Hello>(&*message)) return on(route, session, *hello);
  if (session == nullptr) {
    return refuse(route, Refused::unknown_session, "this connection has no session: say hello");
  }
  session->unreachable = false;
  std::visit(
      [&](const auto& m) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(m)>, Hello>) on(*session, m);
      },
      *message);
}

void GatewayCore::refuse(const std::string& route, Refused code, const std::string& what) {
  ++counters_.frames_refused;
  // Not queued: a stranger who does not read must not cost memory.
  transport_.send(route, encode(Refuse{to_string(code), what}));
}

// -- hello ------------------------------------------------------------------------------------

// How many queues the worker serves then: those of its hellos before count, too.
std::size_t GatewayCore::queues_after(const Hello& message) const {
  std::unordered_set<std::string_view> names;
  for (const auto& item : message.queues) names.insert(item.queue);
  const auto known = by_instance_.find(std::string(message.instance));
  if (known != by_instance_.end()) {
    for (const Session::Queue& queue : known->second->queues()) names.insert(queue.name);
  }
  return names.size();
}

Result<void> GatewayCore::check(const Hello& message, Refused& code) const {
  code = Refused::malformed;
  if (message.instance.empty()) return fail(Code::invalid, "the instance is empty");
  if (message.queues.empty()) return fail(Code::invalid, "the hello names no queue");
  code = Refused::limit;
  if (message.queues.size() > config_.max_queues || queues_after(message) > config_.max_queues) {
    return fail(Code::invalid,
                "a worker may serve " + std::to_string(config_.max_queues) + " queues");
  }
  if (sessions_.size() >= config_.max_workers &&
      !by_instance_.contains(std::string(message.instance))) {
    return fail(Code::full, "the node has its greatest number of workers");
  }
  for (const auto& [queue, steps] : message.queues) {
    if (steps > config_.max_credit) {
      return fail(Code::invalid,
                  "a worker may have " + std::to_string(config_.max_credit) + " credits a queue");
    }
  }
  code = Refused::bad_queue;
  for (const auto& [queue, steps] : message.queues) {
    if (auto fine = check_worker_queue(queue); !fine) return fine;
  }
  return {};
}

void GatewayCore::on(const std::string& route, Session* session, const Hello& message) {
  Refused code{};
  if (const auto fine = check(message, code); !fine) return refuse(route, code, fine.error().what);
  if (session != nullptr && session->instance != message.instance) {
    return refuse(route, Refused::malformed,
                  "this connection has the session of another instance: say goodbye first");
  }
  const auto known = by_instance_.find(std::string(message.instance));
  if (known == by_instance_.end()) {
    session = &open_session(route, message);
  } else {
    session = known->second;
    resume(*session, route, message);
  }
  session->heard_ms = clock_.steady_ms();
  const Limits limits{config_.max_message_bytes, config_.max_result_bytes, config_.max_credit};
  send(*session, encode(Welcome{config_.node, config_.epoch, config_.heartbeat_ms, limits}));
  tell_others(*session);
  // Before the credits: what the worker has already must not be handed to it again.
  adopt(*session, message);
  grant(*session, message);
}

Session& GatewayCore::open_session(const std::string& route, const Hello& message) {
  auto owned = std::make_unique<Session>();
  Session& session = *owned;
  session.id = ++last_session_;
  session.consumer = engine_.new_consumer();
  session.instance = message.instance;
  session.worker =
      message.worker.empty() ? "worker-" + std::to_string(session.id) : std::string(message.worker);
  session.route = route;
  session.max_credit = config_.max_credit;
  sessions_[session.id] = std::move(owned);
  by_route_[route] = &session;
  by_instance_[session.instance] = &session;
  counters_.workers = sessions_.size();
  log(Level::info, "worker connected",
      {{"worker", session.worker}, {"client", message.client}, {"held", message.held.size()}});
  return session;
}

void GatewayCore::resume(Session& session, const std::string& route, const Hello& message) {
  by_route_.erase(session.route);
  session.route = route;
  by_route_[route] = &session;
  session.unreachable = false;
  session.draining = session.doomed = false;
  session.unsent.clear();
  session.answers.clear();
  for (const auto& step : session.steps) engine_.release(session.consumer, step.token);
  session.steps.clear();
  const auto unknown = session.forget_all_but(message.held);
  for (const auto& token : unknown) engine_.release(session.consumer, token);
  log(Level::info, "worker resumed",
      {{"worker", session.worker}, {"held", message.held.size()}, {"handed_back", unknown.size()}});
}

// The steps that the worker still has: its session holds them from now on, and the engine says
// which of them are not its own any more.
void GatewayCore::adopt(Session& session, const Hello& message) {
  if (message.held.empty()) return;
  for (const auto text : message.held) {
    std::string token(text);
    if (const auto step = actors::token_from(token)) session.hold(std::move(token), *step);
  }
  beat(session, message.held, false);
}

void GatewayCore::grant(Session& session, const Hello& message) {
  auto sink = std::make_shared<SessionSink>(outbox_, session.id, session.consumer);
  for (const auto& [name, steps] : message.queues) {
    Session::Queue* queue = session.queue(name);
    if (queue == nullptr) {
      queue = &session.add_queue(std::string(name));
      engine_.attach(session.consumer, queue->name, session.worker, sink);
    }
    const std::uint32_t more = session.set_credit(*queue, steps);
    if (more > 0) engine_.credit(session.consumer, queue->name, more);
  }
}

// -- steps ------------------------------------------------------------------------------------

// Where the engine's word on one result goes. It may come after the gateway has gone.
actors::Reply<void> GatewayCore::reply_for(const Session& session, std::string token) const {
  return [outbox = outbox_, id = session.id, token = std::move(token)](Result<void> outcome) {
    outbox->push({id, Answered{token, std::move(outcome)}});
  };
}

void GatewayCore::on(Session& session, const Results& message) {
  for (const auto& item : message.items) {
    ENDURE_FAULT_POINT("gateway.result_received");
    ++counters_.answers_taken;
    std::string text(item.token);
    const auto refuse_result = [&](const std::string& why) {
      session.answers.push_back({text, Answer::invalid, why});
      touch(session);
    };
    auto token = actors::token_from(text);
    if (!token) {
      refuse_result(token.error().what);
    } else if (item.value.size() > config_.max_result_bytes) {
      refuse_result("the result has " + std::to_string(item.value.size()) +
                    " bytes of msgpack; at most " + std::to_string(config_.max_result_bytes) +
                    " are allowed");
    } else if (item.json_problem != nullptr) {
      refuse_result(std::string("the result ") + item.json_problem);
    } else if (auto value = persistence::decode_value(item.value); !value) {
      refuse_result("the result is no JSON value: " + value.error().what);
    } else {
      engine_.complete(session.consumer, std::move(*token), std::move(*value),
                       reply_for(session, std::move(text)));
    }
  }
}

void GatewayCore::on(Session& session, const Errors& message) {
  for (const auto& item : message.items) {
    ENDURE_FAULT_POINT("gateway.result_received");
    ++counters_.answers_taken;
    std::string text(item.token);
    auto token = actors::token_from(text);
    if (!token) {
      session.answers.push_back({text, Answer::invalid, token.error().what});
      touch(session);
      continue;
    }
    actors::StepFailure failure{fault_of(item), item.retryable, std::nullopt};
    if (item.retry_after_ms) {
      failure.retry_after_ms = static_cast<std::int64_t>(
          std::min<std::uint64_t>(*item.retry_after_ms, longest_retry_ms));
    }
    engine_.fail_step(session.consumer, std::move(*token), std::move(failure),
                      reply_for(session, std::move(text)));
  }
}

void GatewayCore::on(Session& session, const Heartbeat& message) {
  beat(session, message.tokens, true);
}

void GatewayCore::beat(Session& session, const std::vector<std::string_view>& texts,
                       bool answer_at_once) {
  std::vector<actors::StepToken> tokens;
  Lost unreadable;
  for (const auto text : texts) {
    auto token = actors::token_from(std::string(text));
    if (token) {
      tokens.push_back(std::move(*token));
    } else {
      unreadable.tokens.push_back(text);
    }
  }
  if (!unreadable.tokens.empty() || (tokens.empty() && answer_at_once)) {
    send(session, encode(unreadable));
  }
  if (tokens.empty()) return;
  engine_.heartbeat(session.consumer, std::move(tokens),
                    [outbox = outbox_, id = session.id](auto lost) {
                      outbox->push({id, Beaten{std::move(lost)}});
                    });
}

// -- credits and goodbyes -----------------------------------------------------------------------

// Once for many steps that have ended: each grant is a message to the queue.
void GatewayCore::grant_returned(Session& session) {
  for (Session::Queue& queue : session.queues()) {
    const std::uint32_t credit = session.take_returned(queue);
    if (credit > 0) engine_.credit(session.consumer, queue.name, credit);
  }
}

void GatewayCore::on(Session& session, const Credit& message) {
  std::unordered_map<const Session::Queue*, std::uint64_t> wanted;  // a queue may be named twice
  for (const auto& [name, steps] : message.queues) {                // all or nothing
    const Session::Queue* queue = session.queue(name);
    if (queue == nullptr) {
      return refuse(session.route, Refused::bad_queue,
                    "the hello did not name the queue '" + std::string(name) + "'");
    }
    if (queue->open + (wanted[queue] += steps) > config_.max_credit) {
      return refuse(session.route, Refused::limit,
                    "a worker may have " + std::to_string(config_.max_credit) + " credits a queue");
    }
  }
  if (session.draining) return;
  for (const auto& [name, steps] : message.queues) {
    Session::Queue& queue = *session.queue(name);
    const std::uint64_t paid = std::min<std::uint64_t>(queue.debt, steps);
    queue.debt -= paid;
    const auto more = static_cast<std::uint32_t>(steps - paid);
    queue.open += more;
    if (more > 0) engine_.credit(session.consumer, queue.name, more);
  }
}

void GatewayCore::on(Session& session, const Release& message) {
  for (const auto text : message.tokens) {
    const auto token = session.end(std::string(text));
    if (!token) continue;
    engine_.release(session.consumer, *token);
    session.give_back(token->key.queue);
  }
  grant_returned(session);
}

void GatewayCore::on(Session& session, const Drain&) {
  session.draining = true;
  log(Level::info, "worker drains", {{"worker", session.worker}, {"held", session.held()}});
}

void GatewayCore::on(Session& session, const Goodbye& message) {
  on(session, Release{message.tokens});
  send(session, encode(Goodbye{{}, "goodbye"}, false));
  log(Level::info, "worker left", {{"worker", session.worker}});
  drop(session, false);
}

}  // namespace endure::gateway
