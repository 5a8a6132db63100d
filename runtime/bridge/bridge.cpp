#include "runtime/bridge/bridge.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <set>
#include <thread>
#include <zmq.hpp>

#include "base/log.hpp"
#include "base/thread_name.hpp"
#include "runtime/bridge/dialler.hpp"
#include "runtime/bridge/inbox.hpp"
#include "runtime/bridge/zap.hpp"
#include "runtime/messaging/router_transport.hpp"

namespace endure::bridge {

namespace {

constexpr int frames_per_round = 256;
constexpr int frames_in_pipe = 16;
constexpr std::int64_t tick_ms = 20;
constexpr int farewell_ms = 200;
constexpr const char* zap_address = "inproc://zeromq.zap.01";

std::int64_t steady_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

struct Peer {
  PeerAddress address;
  PeerLink link;
  Dialler dialler;
  std::atomic<std::size_t>& queued;
  std::atomic<bool>& up;
  bool readable = false;  // as wait() has seen it
};

// What other threads ask about a peer without waiting for the bridge's.
struct PeerFacts {
  std::atomic<std::size_t> queued{0};
  std::atomic<bool> up{false};
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
        facts_(config_.peers.size()) {
    if (config_.keys) {
      for (const auto& [node, key] : config_.keys->public_keys) known_keys_.insert(key);
    }
    for (std::size_t i = 0; i < config_.peers.size(); ++i) {
      const auto& peer = config_.peers[i];
      index_of_[peer.node] = i;
      peers_.push_back(std::make_unique<Peer>(
          Peer{peer,
               PeerLink(peer.node,
                        {config_.heartbeat_ms, config_.lost_after_ms,
                         std::min<std::int64_t>(config_.heartbeat_ms, 1'000)},
                        linking(i)),
               Dialler(context_, peer.address, config_.max_message_bytes), facts_[i].queued,
               facts_[i].up}));
    }
    show_views();
  }

  Result<void> start();
  void stop();
  void call(const std::string& node, OutgoingCall call);
  void answer(CallPlace place, std::string body) {
    inbox_.push(AnswerItem{place, std::move(body)});
  }
  void tell_news() { inbox_.push(NewsItem{}); }

  std::vector<PeerView> views() const {
    const std::lock_guard lock(views_mutex_);
    return views_;
  }
  bool is_up(const std::string& node) const {
    const auto found = index_of_.find(node);
    return found != index_of_.end() && facts_[found->second].up;
  }
  const std::string& endpoint() const { return endpoint_; }
  std::uint64_t refused() const { return refused_; }
  Clock& clock() { return clock_; }

 private:
  Listener::Events listening();
  PeerLink::Events linking(std::size_t peer);
  std::string refusal_of(const Greeting& theirs, const std::string& key) const;

  void run();
  void wait();
  void authenticate();
  void receive_from_nodes();
  void receive_answers(Peer& peer);
  void take_inbox();
  void keep_links(std::int64_t now_ms);
  void dial(Peer& peer, std::int64_t now_ms);
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
  std::set<std::string> known_keys_;
  std::vector<PeerFacts> facts_;
  std::map<std::string, std::size_t> index_of_;
  std::vector<std::unique_ptr<Peer>> peers_;
  Inbox inbox_;
  std::string endpoint_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> refused_{0};
  bool answers_wait_ = false;
  bool router_readable_ = false;
  bool zap_readable_ = false;
  std::int64_t next_tick_ms_ = 0;
  mutable std::mutex views_mutex_;
  std::vector<PeerView> views_;
  std::thread thread_;
};

// -- what the pure parts ask ------------------------------------------------------

std::string Bridge::Thread::refusal_of(const Greeting& theirs, const std::string& key) const {
  Greeting own = handlers_.greeting();
  if (auto why = why_not(own, theirs); !why.empty()) return why;
  if (!index_of_.contains(theirs.node)) {
    return theirs.node + " does not stand in cluster.nodes of " + config_.node;
  }
  if (config_.keys && config_.keys->public_keys.at(theirs.node) != key) {
    return "the key is not that of " + theirs.node;
  }
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

PeerLink::Events Bridge::Thread::linking(std::size_t peer) {
  const std::string node = config_.peers[peer].node;
  PeerLink::Events events;
  events.admit = [this, node](const Greeting& theirs) {
    // The connection itself has proved whose key the other has.
    return refusal_of(theirs, config_.keys ? config_.keys->public_keys.at(node) : "");
  };
  events.changed = [this, peer, node](bool up) {
    facts_[peer].up = up;
    log(Level::info, up ? "a node is linked" : "a node is lost", {{"node", node}});
    show_views();
    handlers_.link_changed(node, up);
  };
  events.heard = [this, node](std::uint64_t counter, std::string_view news) {
    handlers_.heard(node, counter, news);
  };
  events.unqueued = [this, peer](std::size_t bytes) { facts_[peer].queued -= bytes; };
  return events;
}

// -- start and stop ---------------------------------------------------------------

Result<void> Bridge::Thread::start() {
  try {
    if (config_.keys) {
      zap_.emplace(context_, zmq::socket_type::rep);
      zap_->set(zmq::sockopt::linger, 0);
      zap_->bind(zap_address);
      router_.set(zmq::sockopt::curve_server, true);
      router_.set(zmq::sockopt::curve_secretkey, config_.keys->own.secret_key);
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
      {{"endpoint", endpoint_},
       {"nodes", config_.peers.size() + 1},
       {"curve", config_.keys.has_value()}});
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
  const auto found = index_of_.find(node);
  if (found == index_of_.end()) {
    return call.reply(fail(Code::invalid, "there is no node " + node + " in the cluster", node));
  }
  PeerFacts& facts = facts_[found->second];
  if (!facts.up || stopping_) {
    return call.reply(fail(Code::retry_later, "the node " + node + " is away", node));
  }
  const std::size_t bytes = call.body.size();
  if (facts.queued.fetch_add(bytes) + bytes > config_.max_queue_bytes) {
    facts.queued -= bytes;
    return call.reply(fail(Code::retry_later,
                           "as much as may be waits already for the node " + node + "; try again",
                           node));
  }
  inbox_.push(CallItem{found->second, std::move(call)});
}

// -- the thread -------------------------------------------------------------------

void Bridge::Thread::run() {
  name_thread("bridge");
  while (!stopping_) {
    wait();
    if (zap_readable_) authenticate();
    if (router_readable_) receive_from_nodes();
    for (auto& peer : peers_) {
      if (peer->readable) receive_answers(*peer);
    }
    take_inbox();
    const auto now_ms = clock_.steady_ms();
    if (now_ms >= next_tick_ms_) {
      next_tick_ms_ = now_ms + tick_ms;
      listener_.on_time(now_ms);
      keep_links(now_ms);
      show_views();
    }
    send_all();
  }
  const auto now_ms = clock_.steady_ms();
  listener_.close();
  for (auto& peer : peers_) peer->link.close(now_ms);
  send_all();
  for (auto& peer : peers_) peer->dialler.hang_up();
  router_.set(zmq::sockopt::linger, farewell_ms);
  router_.close();
  if (zap_) zap_->close();
}

void Bridge::Thread::wait() {
  std::vector<zmq::pollitem_t> items;
  items.push_back({router_.handle(), 0, ZMQ_POLLIN, 0});
  items.push_back({nullptr, inbox_.descriptor(), ZMQ_POLLIN, 0});
  if (zap_) items.push_back({zap_->handle(), 0, ZMQ_POLLIN, 0});
  for (auto& peer : peers_) {
    if (peer->dialler.handle() == nullptr) continue;
    const bool unsent = peer->link.next_frame() != nullptr;
    items.push_back({peer->dialler.handle(), 0,
                     static_cast<short>(unsent ? ZMQ_POLLIN | ZMQ_POLLOUT : ZMQ_POLLIN), 0});
  }
  const auto left_ms = std::clamp<std::int64_t>(next_tick_ms_ - clock_.steady_ms(), 0, tick_ms);
  const auto wait_ms = answers_wait_ ? std::min<std::int64_t>(left_ms, 2) : left_ms;
  // The C call: a signal may interrupt it, which is nothing to throw about.
  zmq_poll(items.data(), static_cast<int>(items.size()), static_cast<long>(wait_ms));
  // Asking a socket that has nothing costs a system call.
  auto item = items.begin();
  const auto readable = [&item] { return ((item++)->revents & ZMQ_POLLIN) != 0; };
  router_readable_ = readable();
  ++item;  // the inbox is always looked into: handlers put into it, too
  zap_readable_ = zap_ && readable();
  for (auto& peer : peers_) peer->readable = peer->dialler.handle() != nullptr && readable();
}

void Bridge::Thread::authenticate() {
  for (int i = 0; i < frames_per_round; ++i) {
    std::vector<std::string> request;
    zmq::message_t part;
    do {
      if (!zap_->recv(part, zmq::recv_flags::dontwait)) return;
      request.push_back(part.to_string());
    } while (part.more());
    const auto answer = answer_zap(request, known_keys_);
    if (!answer.refused_key.empty()) {
      ++refused_;
      log(Level::warning, "a node with an unknown key is refused",
          {{"address", request.size() > 3 ? request[3] : ""}, {"key", answer.refused_key}});
    }
    for (std::size_t f = 0; f < answer.frames.size(); ++f) {
      const bool last = f + 1 == answer.frames.size();
      zap_->send(zmq::buffer(answer.frames[f]),
                 last ? zmq::send_flags::none : zmq::send_flags::sndmore);
    }
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
    if (single && config_.keys) key = frame.gets("User-Id");
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
      peers_[call->peer]->link.call(std::move(call->call), now_ms);
    } else if (auto* answer = std::get_if<AnswerItem>(&item)) {
      listener_.answer(answer->place, std::move(answer->body));
    } else {
      const auto news = handlers_.news();
      for (auto& peer : peers_) peer->link.beat(now_ms, steady_us(), handlers_.counter(), news);
    }
  }
}

void Bridge::Thread::keep_links(std::int64_t now_ms) {
  const auto news = handlers_.news();
  const auto counter = handlers_.counter();
  for (auto& peer : peers_) {
    const auto events = peer->dialler.events();
    if (!events.failure.empty()) peer->link.on_failure(events.failure, now_ms);
    // The socket may be connected again already, but to a process that has never heard a hello.
    if (events.broken && peer->link.view().state == LinkState::up) {
      peer->link.on_lost("the connection to the node " + peer->address.node + " broke", now_ms);
    }
    peer->link.on_time(now_ms, steady_us(), counter, news);
    if (peer->link.should_dial(now_ms)) dial(*peer, now_ms);
  }
}

void Bridge::Thread::dial(Peer& peer, std::int64_t now_ms) {
  peer.link.on_lost("the node " + peer.address.node + " does not answer", now_ms);
  try {
    peer.dialler.dial(config_.keys ? &config_.keys->own : nullptr,
                      config_.keys ? config_.keys->public_keys.at(peer.address.node) : "");
    peer.link.on_dialled(handlers_.greeting(), now_ms);
  } catch (const zmq::error_t& error) {
    log(Level::error, "a node cannot be dialled",
        {{"node", peer.address.node}, {"address", peer.address.address}, {"error", error.what()}});
  }
}

void Bridge::Thread::send_all() {
  for (auto& peer : peers_) {
    while (const auto* frame = peer->link.next_frame()) {
      if (!peer->dialler.send(*frame)) break;
      peer->link.sent();
    }
  }
  answers_wait_ = listener_.pump();
}

void Bridge::Thread::show_views() {
  std::vector<PeerView> views;
  for (const auto& peer : peers_) {
    views.push_back({peer->address.node, peer->address.address, peer->link.view(), peer->queued});
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
  thread_->answer(place, std::move(body));
}
void Bridge::tell_news() {
  thread_->tell_news();
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
