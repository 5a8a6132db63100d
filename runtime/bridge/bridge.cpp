#include "runtime/bridge/bridge.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <zmq.hpp>

#include "base/log.hpp"
#include "base/thread_name.hpp"
#include "runtime/bridge/admission.hpp"
#include "runtime/bridge/dialler.hpp"
#include "runtime/bridge/inbox.hpp"
#include "runtime/bridge/key_ring.hpp"
#include "runtime/bridge/parts.hpp"
#include "runtime/bridge/poll_set.hpp"
#include "runtime/bridge/zap.hpp"
#include "runtime/messaging/router_transport.hpp"

namespace endure::bridge {

namespace {

constexpr int frames_per_round = 256;
constexpr int frames_in_pipe = 16;
constexpr std::int64_t tick_ms = 20;
constexpr int farewell_ms = 200;
constexpr std::int64_t look_for_key_ms = 500;
constexpr const char* zap_address = "inproc://zeromq.zap.01";

std::int64_t steady_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

struct Peer {
  PeerAddress address;
  std::shared_ptr<PeerFacts> facts;
  PeerLink link;
  Dialler dialler;
};

}  // namespace

class Bridge::Thread {
 public:
  Thread(BridgeConfig config, BridgeHandlers handlers, Clock& clock)
      : config_(std::move(config)),
        handlers_(std::move(handlers)),
        clock_(clock),
        router_(context_, zmq::socket_type::router),
        transport_(router_, "bridge"),
        listener_({config_.lost_after_ms, config_.max_queue_bytes, config_.max_calls}, listening(),
                  transport_),
        keys_(config_.keys) {
    for (const auto& peer : config_.peers) add(peer);
    show_views();
  }

  Result<void> start();
  void stop();
  void call(const std::string& node, OutgoingCall call);
  void push(InboxItem item) { inbox_.push(std::move(item)); }

  std::vector<PeerView> views() const {
    const std::lock_guard lock(views_mutex_);
    return views_;
  }
  bool is_up(const std::string& node) const {
    const auto facts = facts_of(node);
    return facts != nullptr && facts->up;
  }
  const std::string& endpoint() const { return endpoint_; }
  std::uint64_t refused() const { return refused_; }
  Clock& clock() { return clock_; }

 private:
  Listener::Events listening();
  PeerLink::Events linking(const std::string& node, const std::shared_ptr<PeerFacts>& facts);
  std::string refusal_of(const Greeting& theirs, const std::string& key) const;
  std::shared_ptr<PeerFacts> facts_of(const std::string& node) const;

  // -- peers (the bridge's thread) --
  void add(const PeerAddress& peer);
  void remove(const std::string& node);
  void take_peers(const std::vector<PeerAddress>& peers);
  void look_for_keys(std::int64_t now_ms);

  void run();
  void wait();
  void authenticate();
  void receive_from_nodes();
  void receive_answers(Peer& peer);
  void take_inbox();
  void keep_links(std::int64_t now_ms);
  void dial(Peer& peer, std::int64_t now_ms);
  void send_to(Peer& peer);
  void send_all();
  void show_views();
  void fail_what_waits();

  const BridgeConfig config_;
  const BridgeHandlers handlers_;
  Clock& clock_;
  zmq::context_t context_{1};
  std::optional<zmq::socket_t> zap_;
  zmq::socket_t router_;
  messaging::RouterTransport transport_;
  Listener listener_;
  KeyRing keys_;
  std::int64_t next_look_for_keys_ms_ = 0;
  std::map<std::string, std::unique_ptr<Peer>> peers_;
  mutable std::mutex facts_mutex_;
  std::map<std::string, std::shared_ptr<PeerFacts>> facts_;
  Inbox inbox_;
  std::string endpoint_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> refused_{0};
  PollSet polled_;
  bool answers_wait_ = false;
  std::int64_t next_tick_ms_ = 0;
  mutable std::mutex views_mutex_;
  std::vector<PeerView> views_;
  std::thread thread_;
};

// -- what the pure parts ask ------------------------------------------------------

std::string Bridge::Thread::refusal_of(const Greeting& theirs, const std::string& key) const {
  Greeting own = handlers_.greeting();
  if (auto why = why_not(own, theirs); !why.empty()) return why;
  if (!peers_.contains(theirs.node)) {
    return config_.node + " does not know the node " + theirs.node + " (yet): see cluster.nodes";
  }
  if (keys_.of(theirs.node) != key) return "the key is not that of " + theirs.node;
  return handlers_.admit(theirs);
}

Listener::Events Bridge::Thread::listening() {
  Listener::Events events;
  events.greeting = handlers_.greeting;
  events.admit = [this](const Greeting& theirs, const std::string& key) {
    return refusal_of(theirs, key);
  };
  events.heard = handlers_.heard;
  events.counter = handlers_.counter;
  events.news = handlers_.news;
  events.called = handlers_.called;
  return events;
}

PeerLink::Events Bridge::Thread::linking(const std::string& node,
                                         const std::shared_ptr<PeerFacts>& facts) {
  PeerLink::Events events;
  events.admit = [this, node](const Greeting& theirs) {
    // The connection itself has proved whose key the other has.
    return refusal_of(theirs, keys_.of(node).value_or(""));
  };
  events.changed = [this, facts, node](bool up) {
    facts->up = up;
    log(Level::info, up ? "a node is linked" : "a node is lost", {{"node", node}});
    show_views();
    handlers_.link_changed(node, up);
  };
  events.heard = [this, node](std::uint64_t counter, std::string_view news) {
    handlers_.heard(node, counter, news);
  };
  events.unqueued = [facts](std::size_t bytes) { facts->queued -= bytes; };
  return events;
}

// -- peers ------------------------------------------------------------------------

std::shared_ptr<PeerFacts> Bridge::Thread::facts_of(const std::string& node) const {
  const std::lock_guard lock(facts_mutex_);
  const auto found = facts_.find(node);
  return found == facts_.end() ? nullptr : found->second;
}

void Bridge::Thread::add(const PeerAddress& peer) {
  const auto facts = std::make_shared<PeerFacts>();
  const LinkConfig link{config_.heartbeat_ms, config_.lost_after_ms,
                        std::min<std::int64_t>(config_.heartbeat_ms, 1'000)};
  peers_[peer.node] =
      std::make_unique<Peer>(Peer{peer, facts, PeerLink(peer.node, link, linking(peer.node, facts)),
                                  Dialler(context_, peer.address, config_.max_message_bytes)});
  static_cast<void>(keys_.learn(peer.node));  // else it is looked for again and again
  const std::lock_guard lock(facts_mutex_);
  facts_[peer.node] = facts;
}

// What was answered before is still sent. It may still connect, to be told why it is refused.
void Bridge::Thread::remove(const std::string& node) {
  {
    const std::lock_guard lock(facts_mutex_);
    facts_.erase(node);
  }
  const auto peer = std::move(peers_.extract(node).mapped());
  peer->link.close(clock_.steady_ms());
  send_to(*peer);
  peer->dialler.hang_up();
  listener_.dismiss(node);
}

void Bridge::Thread::take_peers(const std::vector<PeerAddress>& peers) {
  std::vector<std::string> gone;
  for (const auto& [node, peer] : peers_) {
    if (std::find(peers.begin(), peers.end(), peer->address) == peers.end()) gone.push_back(node);
  }
  for (const auto& node : gone) remove(node);
  for (const auto& peer : peers) {
    if (!peers_.contains(peer.node)) add(peer);
  }
  show_views();
}

// So that who was added is let in as soon as its key is there.
void Bridge::Thread::look_for_keys(std::int64_t now_ms) {
  if (now_ms < next_look_for_keys_ms_) return;
  next_look_for_keys_ms_ = now_ms + look_for_key_ms;
  for (auto& [node, peer] : peers_) {
    const auto learnt = keys_.learn(node);
    if (!learnt) {
      peer->link.on_failure(learnt.error().what + ": " + learnt.error().where, now_ms);
    }
  }
}

// -- start and stop ---------------------------------------------------------------

Result<void> Bridge::Thread::start() {
  try {
    if (keys_.secured()) {
      zap_.emplace(context_, zmq::socket_type::rep);
      zap_->set(zmq::sockopt::linger, 0);
      zap_->bind(zap_address);
      router_.set(zmq::sockopt::curve_server, true);
      router_.set(zmq::sockopt::curve_secretkey, keys_.own()->secret_key);
      router_.set(zmq::sockopt::zap_domain, "endure");
    }
    router_.set(zmq::sockopt::router_mandatory, true);
    router_.set(zmq::sockopt::linger, 0);
    router_.set(zmq::sockopt::sndhwm, frames_in_pipe);
    router_.set(zmq::sockopt::rcvhwm, frames_in_pipe);
    router_.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(config_.max_message_bytes));
    router_.bind(config_.listen);
    endpoint_ = router_.get(zmq::sockopt::last_endpoint);
  } catch (const zmq::error_t& error) {
    const bool malformed = error.num() == EINVAL || error.num() == EPROTONOSUPPORT;
    return fail(malformed ? Code::invalid : Code::io,
                "the bridge cannot listen on " + config_.listen + ": " + error.what(),
                "cluster.listen");
  }
  thread_ = std::thread([this] { run(); });
  log(Level::info, "bridge listens",
      {{"endpoint", endpoint_}, {"nodes", config_.peers.size() + 1}, {"curve", keys_.secured()}});
  return {};
}

void Bridge::Thread::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  inbox_.wake();
  thread_.join();
  fail_what_waits();
}

// Calls that came while the thread ended.
void Bridge::Thread::fail_what_waits() {
  for (auto& item : inbox_.take()) {
    if (auto* call = std::get_if<CallItem>(&item)) {
      call->call.reply(fail(Code::retry_later, "the node is stopping"));
    }
  }
}

void Bridge::Thread::call(const std::string& node, OutgoingCall call) {
  const auto facts = facts_of(node);
  if (facts == nullptr) {
    return call.reply(fail(Code::invalid, "there is no node " + node + " in the cluster", node));
  }
  if (!facts->up || stopping_) {
    return call.reply(fail(Code::retry_later, "the node " + node + " is away", node));
  }
  const std::size_t bytes = call.body.size();
  if (facts->queued.fetch_add(bytes) + bytes > config_.max_queue_bytes) {
    facts->queued -= bytes;
    return call.reply(fail(Code::retry_later,
                           "as much as may be waits already for the node " + node + "; try again",
                           node));
  }
  inbox_.push(CallItem{node, facts, std::move(call)});
}

// -- the thread -------------------------------------------------------------------

void Bridge::Thread::run() {
  name_thread("bridge");
  while (!stopping_) {
    wait();
    if (zap_ && polled_.readable(zap_->handle())) authenticate();
    if (polled_.readable(router_.handle())) receive_from_nodes();
    for (auto& [node, peer] : peers_) {
      if (polled_.readable(peer->dialler.handle())) receive_answers(*peer);
    }
    take_inbox();
    const auto now_ms = clock_.steady_ms();
    if (now_ms >= next_tick_ms_) {
      next_tick_ms_ = now_ms + tick_ms;
      listener_.on_time(now_ms);
      look_for_keys(now_ms);
      keep_links(now_ms);
      show_views();
    }
    send_all();
  }
  const auto now_ms = clock_.steady_ms();
  listener_.close();
  for (auto& [node, peer] : peers_) peer->link.close(now_ms);
  send_all();
  for (auto& [node, peer] : peers_) peer->dialler.hang_up();
  router_.set(zmq::sockopt::linger, farewell_ms);
  router_.close();
  if (zap_) zap_->close();
}

void Bridge::Thread::wait() {
  polled_.clear();
  polled_.add(router_.handle());
  polled_.add(inbox_.descriptor());
  if (zap_) polled_.add(zap_->handle());
  for (auto& [node, peer] : peers_) {
    if (auto* socket = peer->dialler.handle()) {
      polled_.add(socket, peer->link.next_frame() != nullptr);
    }
  }
  const auto left_ms = std::clamp<std::int64_t>(next_tick_ms_ - clock_.steady_ms(), 0, tick_ms);
  polled_.wait(answers_wait_ ? std::min<std::int64_t>(left_ms, 2) : left_ms);
}

void Bridge::Thread::authenticate() {
  for (int i = 0; i < frames_per_round; ++i) {
    const auto request = receive_parts(*zap_);
    if (request.empty()) return;
    auto answer = answer_zap(request, keys_.known());
    if (!answer.refused_key.empty()) {
      keys_.look_for_more(clock_.steady_ms());
      answer = answer_zap(request, keys_.known());
    }
    if (!answer.refused_key.empty()) {
      ++refused_;
      log(Level::warning, "a node with an unknown key is refused",
          {{"address", request.size() > 3 ? request[3] : ""}, {"key", answer.refused_key}});
    }
    send_parts(*zap_, answer.frames);
  }
}

void Bridge::Thread::receive_from_nodes() {
  zmq::message_t route;
  zmq::message_t frame;
  const auto now_ms = clock_.steady_ms();
  for (int i = 0; i < frames_per_round; ++i) {
    if (!router_.recv(route, zmq::recv_flags::dontwait)) return;
    if (!route.more()) continue;
    const auto received = router_.recv(frame, zmq::recv_flags::dontwait);
    const bool single = received && !frame.more();
    std::string key;
    if (single && keys_.secured()) key = frame.gets("User-Id");
    const std::string_view bytes = frame.to_string_view();
    for (bool more = frame.more(); more;) {
      zmq::message_t surplus;
      more = router_.recv(surplus, zmq::recv_flags::dontwait) && surplus.more();
    }
    const auto messages = single ? split_frame(bytes) : Decoded<std::vector<std::string_view>>();
    if (!messages) continue;
    for (const auto message : *messages) {
      if (const auto decoded = decode(message)) {
        listener_.on_message(route.to_string(), key, *decoded, now_ms);
      } else {
        ++refused_;
      }
    }
  }
}

void Bridge::Thread::receive_answers(Peer& peer) {
  const auto now_ms = clock_.steady_ms();
  for (int i = 0; i < frames_per_round; ++i) {
    const auto frame = peer.dialler.receive();
    if (!frame) return;
    const auto messages = split_frame(*frame);
    if (!messages) continue;
    for (const auto message : *messages) {
      if (const auto decoded = decode(message)) {
        peer.link.on_message(*decoded, now_ms, steady_us());
      }
    }
  }
}

void Bridge::Thread::take_inbox() {
  const auto now_ms = clock_.steady_ms();
  for (auto& item : inbox_.take()) {
    if (auto* call = std::get_if<CallItem>(&item)) {
      const auto found = peers_.find(call->peer);
      // It may have gone, and come again under another address.
      if (found != peers_.end() && found->second->facts == call->facts) {
        found->second->link.call(std::move(call->call), now_ms);
      } else {
        call->call.reply(fail(Code::retry_later,
                              "the node " + call->peer + " is not there any more", call->peer));
      }
    } else if (const auto* peers = std::get_if<PeersItem>(&item)) {
      take_peers(peers->peers);
    } else if (auto* answer = std::get_if<AnswerItem>(&item)) {
      listener_.answer(answer->place, std::move(answer->body));
    } else {
      const auto news = handlers_.news();
      for (auto& [node, peer] : peers_)
        peer->link.beat(now_ms, steady_us(), handlers_.counter(), news);
    }
  }
}

void Bridge::Thread::keep_links(std::int64_t now_ms) {
  const auto news = handlers_.news();
  const auto counter = handlers_.counter();
  for (auto& [node, peer] : peers_) {
    const auto events = peer->dialler.events();
    if (!events.failure.empty()) peer->link.on_failure(events.failure, now_ms);
    // The socket may be connected again already, but to a process that has never heard a hello.
    if (events.broken && peer->link.view().state == LinkState::up) {
      peer->link.on_lost("the connection to the node " + peer->address.node + " broke", now_ms);
    }
    peer->link.on_time(now_ms, steady_us(), counter, news);
    if (keys_.of(node) && peer->link.should_dial(now_ms)) dial(*peer, now_ms);
  }
}

void Bridge::Thread::dial(Peer& peer, std::int64_t now_ms) {
  peer.link.on_lost("the node " + peer.address.node + " does not answer", now_ms);
  try {
    peer.dialler.dial(keys_.own(), keys_.of(peer.address.node).value_or(""));
    peer.link.on_dialled(handlers_.greeting(), now_ms);
  } catch (const zmq::error_t& error) {
    log(Level::error, "a node cannot be dialled",
        {{"node", peer.address.node}, {"address", peer.address.address}, {"error", error.what()}});
  }
}

void Bridge::Thread::send_to(Peer& peer) {
  while (const auto* frame = peer.link.next_frame()) {
    if (!peer.dialler.send(*frame)) return;
    peer.link.sent();
  }
}

void Bridge::Thread::send_all() {
  for (auto& [node, peer] : peers_) send_to(*peer);
  answers_wait_ = listener_.pump();
}

void Bridge::Thread::show_views() {
  std::vector<PeerView> views;
  for (const auto& [node, peer] : peers_) {
    views.push_back({node, peer->address.address, peer->link.view(), peer->facts->queued});
  }
  const std::lock_guard lock(views_mutex_);
  views_ = std::move(views);
}

// -- the face ---------------------------------------------------------------------

Bridge::Bridge(BridgeConfig config, BridgeHandlers handlers, Clock& clock)
    : thread_(std::make_unique<Thread>(std::move(config), std::move(handlers), clock)) {}
Bridge::~Bridge() {
  stop();
}
Result<void> Bridge::start() {
  return thread_->start();
}
std::string Bridge::endpoint() const {
  return thread_->endpoint();
}
void Bridge::call(const std::string& node, std::string kind, std::string body,
                  std::int64_t timeout_ms, CallReply reply) {
  thread_->call(node, {std::move(kind), std::move(body), thread_->clock().steady_ms() + timeout_ms,
                       std::move(reply)});
}
void Bridge::answer(CallPlace place, std::string body) {
  thread_->push(AnswerItem{place, std::move(body)});
}
void Bridge::set_peers(std::vector<PeerAddress> peers) {
  thread_->push(PeersItem{std::move(peers)});
}
void Bridge::tell_news() {
  thread_->push(NewsItem{});
}
std::vector<PeerView> Bridge::peers() const {
  return thread_->views();
}
bool Bridge::is_up(const std::string& node) const {
  return thread_->is_up(node);
}
std::uint64_t Bridge::refused() const {
  return thread_->refused();
}
void Bridge::stop() {
  thread_->stop();
}

}  // namespace endure::bridge
