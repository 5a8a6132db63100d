// The gateway's rules without a socket: frames of workers in, calls of the engine out, and back.
// Runs on the gateway's thread alone; what the engine says comes through the Outbox.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actors/engine.hpp"
#include "base/clock.hpp"
#include "runtime/gateway/outbox.hpp"
#include "runtime/gateway/session.hpp"
#include "runtime/gateway/wire.hpp"
#include "runtime/messaging/transport.hpp"
#include "runtime/worker_gateway.hpp"

namespace endure::gateway {

using messaging::Transport;

struct Counters {
  std::atomic<std::uint64_t> workers{0};
  std::atomic<std::uint64_t> steps_sent{0};
  std::atomic<std::uint64_t> answers_taken{0};
  std::atomic<std::uint64_t> frames_refused{0};
  std::atomic<std::uint64_t> workers_lost{0};
};

class GatewayCore {
 public:
  GatewayCore(const WorkerGatewayConfig& config, actors::Engine& engine, Clock& clock,
              Transport& transport, std::shared_ptr<Outbox> outbox, Counters& counters);

  // One message of the connection `route`.
  void on_frame(const std::string& route, std::string_view frame);
  // A message of the connection that breaks the frame rules before it can be decoded.
  void refuse(const std::string& route, Refused code, const std::string& what);
  // Takes what the engine has said since, and sends what has gathered.
  void pump();
  // Declares silent workers lost. Call it several times in each heartbeat interval.
  void tick();
  // Says goodbye to all and hands their steps back.
  void close(const std::string& why);
  bool has_unsent() const { return !unsent_.empty(); }

 private:
  void on(const std::string& route, Session* session, const Hello& message);
  void on(Session& session, const Results& message);
  void on(Session& session, const Errors& message);
  void on(Session& session, const Heartbeat& message);
  void on(Session& session, const Credit& message);
  void on(Session& session, const Release& message);
  void on(Session& session, const Drain& message);
  void on(Session& session, const Goodbye& message);

  Result<void> check(const Hello& message, Refused& code) const;
  std::size_t queues_after(const Hello& message) const;
  Session& open_session(const std::string& route, const Hello& message);
  void resume(Session& session, const std::string& route, const Hello& message);
  void grant(Session& session, const Hello& message);
  void adopt(Session& session, const Hello& message);
  void beat(Session& session, const std::vector<std::string_view>& tokens, bool answer_at_once);
  actors::Reply<void> reply_for(const Session& session, std::string token) const;
  void grant_returned(Session& session);

  void take(Session& session, Delivered& delivered);
  void take(Session& session, TakenAway& taken);
  void take(Session& session, Answered& answered);
  void take(Session& session, Beaten& beaten);
  void take_without_session(OutboxItem& item);

  void touch(Session& session);
  void flush(Session& session);
  void flush_answers(Session& session);
  void flush_revoked(Session& session);
  void flush_steps(Session& session);
  void send(Session& session, std::string frame);
  void send_unsent(Session& session);
  void drop(Session& session, bool lost);
  void tell_others(Session& session);

  const WorkerGatewayConfig config_;
  actors::Engine& engine_;
  Clock& clock_;
  Transport& transport_;
  std::shared_ptr<Outbox> outbox_;
  Counters& counters_;
  SessionId last_session_ = 0;
  std::unordered_map<SessionId, std::unique_ptr<Session>> sessions_;
  std::unordered_map<std::string, Session*> by_route_;
  std::unordered_map<std::string, Session*> by_instance_;
  std::vector<std::pair<std::string, std::string>> others_;  // as workers were told last
  std::vector<SessionId> touched_;  // have something to flush; a session may stand there twice
  std::vector<SessionId> unsent_;   // have messages that the socket did not take
};

}  // namespace endure::gateway
