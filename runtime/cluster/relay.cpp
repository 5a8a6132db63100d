#include "runtime/cluster/relay.hpp"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "base/thread_name.hpp"
#include "runtime/cluster/channel.hpp"
#include "runtime/cluster/messages.hpp"

namespace endure::cluster {

namespace {

using persistence::ChannelKey;

constexpr std::size_t batch_bytes = 256U << 10U;
constexpr std::size_t most_under_way = 32;     // batches to one node
constexpr std::uint64_t most_dropped = 1'000;  // messages in one commit
constexpr std::int64_t call_timeout_ms = 10'000;
constexpr std::int64_t retry_ms = 200;
constexpr auto longest_sleep = std::chrono::milliseconds(500);

}  // namespace

// Shared with the replies of calls, which may come late.
class Relay::Impl : public std::enable_shared_from_this<Relay::Impl> {
 public:
  Impl(actors::ClusterEngine& engine, persistence::ClusterStore& store, bridge::Bridge& bridge,
       Clock& clock, Destination destination)
      : engine_(engine),
        store_(store),
        bridge_(bridge),
        clock_(clock),
        destination_(std::move(destination)) {}

  void start() {
    thread_ = std::thread([this] { run(); });
  }
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
  }
  void look() {
    {
      const std::lock_guard lock(mutex_);
      look_ = true;
    }
    wake_.notify_all();
  }
  void shards_changed();
  void on_offer(bridge::CallPlace place, std::string_view body);
  RelayFigures figures() const;

 private:
  struct Out {
    explicit Out(ChannelOut of) : channel(of) {}
    ChannelOut channel;
    std::int64_t waits_since_ms = 0;
    std::int64_t not_before_ms = 0;  // after a failure
    std::string node;                // of the batch under way
  };

  void run();
  bool refresh();
  void send_some(std::unique_lock<std::mutex>& lock);
  void drop(std::unique_lock<std::mutex>& lock, ChannelKey key, std::uint64_t after);
  void on_dropped(ChannelKey key, std::uint64_t upto, bool done);
  void send(std::unique_lock<std::mutex>& lock, ChannelKey key, const std::string& node,
            std::uint64_t after);
  void on_answer(ChannelKey key, const Result<std::string>& reply);
  void settle(bridge::CallPlace place, ChannelKey key, std::uint64_t count,
              const Result<void>& result);
  Result<ChannelIn*> incoming(ChannelKey key);

  actors::ClusterEngine& engine_;
  persistence::ClusterStore& store_;
  bridge::Bridge& bridge_;
  Clock& clock_;
  const Destination destination_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  bool look_ = true;
  std::map<ChannelKey, Out> out_;
  std::map<std::string, std::size_t> under_way_;  // by node
  std::uint64_t sent_ = 0;
  std::thread thread_;

  mutable std::mutex in_mutex_;
  std::map<ChannelKey, ChannelIn> in_;
  std::uint64_t taken_ = 0;
};

// -- out --------------------------------------------------------------------------

void Relay::Impl::run() {
  name_thread("relay");
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wake_.wait_for(lock, longest_sleep, [this] { return look_ || stopping_; });
    if (stopping_) return;
    look_ = false;
    lock.unlock();
    const bool fine = refresh();
    lock.lock();
    if (fine) send_some(lock);
  }
}

// What the store holds for others.
bool Relay::Impl::refresh() {
  const auto pending = store_.pending_channels();
  if (!pending) {
    log(Level::error, "messages for other nodes cannot be read", {{"error", pending.error().what}});
    return false;
  }
  const std::lock_guard lock(mutex_);
  std::set<ChannelKey> keys;
  for (const auto& channel : *pending) {
    keys.insert(channel.key);
    const auto [known, fresh] =
        out_.try_emplace(channel.key, Out(ChannelOut(channel.acked, channel.sent)));
    Out& out = known->second;
    if (fresh || out.channel.waiting() == 0) out.waits_since_ms = clock_.steady_ms();
    out.channel.grown(channel.sent);
    out.channel.catch_up(channel.acked);
  }
  // Those of shards that have left go, too.
  std::erase_if(out_, [&](const auto& entry) {
    return !entry.second.channel.is_under_way() && !keys.contains(entry.first);
  });
  return true;
}

void Relay::Impl::send_some(std::unique_lock<std::mutex>& lock) {
  std::vector<ChannelKey> keys;
  for (const auto& [key, out] : out_) {
    if (out.channel.next()) keys.push_back(key);
  }
  for (const ChannelKey key : keys) {
    const auto end = destination_(key.to);
    const auto found = out_.find(key);
    if (found == out_.end() || stopping_) continue;
    const auto after = found->second.channel.next();
    if (!after || found->second.not_before_ms > clock_.steady_ms()) continue;
    if (end.gone) {
      drop(lock, key, *after);
    } else if (!end.node.empty() && bridge_.is_up(end.node) &&
               under_way_[end.node] < most_under_way) {
      send(lock, key, end.node, *after);
    }
  }
}

// The node that they are for is gone: some of them go, as if it had taken them.
void Relay::Impl::drop(std::unique_lock<std::mutex>& lock, ChannelKey key, std::uint64_t after) {
  Out& out = out_.at(key);
  const auto upto = after + std::min(out.channel.waiting(), most_dropped);
  out.channel.on_sent();
  lock.unlock();
  engine_.forget_relayed({key, upto},
                         [self = shared_from_this(), key, upto](const Result<void>& done) {
                           self->on_dropped(key, upto, done.has_value());
                         });
  lock.lock();
}

void Relay::Impl::on_dropped(ChannelKey key, std::uint64_t upto, bool done) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = out_.find(key);
    if (found == out_.end()) return;
    Out& out = found->second;
    if (done) {
      out.channel.on_answer(upto);
    } else {
      out.channel.on_lost();
      out.not_before_ms = clock_.steady_ms() + retry_ms;
    }
    look_ = true;
  }
  wake_.notify_all();
}

void Relay::Impl::send(std::unique_lock<std::mutex>& lock, ChannelKey key, const std::string& node,
                       std::uint64_t after) {
  Out& out = out_.at(key);
  out.channel.on_sent();
  out.node = node;
  ++under_way_[node];
  lock.unlock();
  RelayOffer offer{key, after, {}};
  auto rows = store_.relay(key, after, batch_bytes);
  if (rows) {
    for (auto& row : *rows) offer.messages.push_back(std::move(row.message));
    bridge_.call(node, std::string(relay_call), encode(offer), call_timeout_ms,
                 [self = shared_from_this(), key](const Result<std::string>& reply) {
                   self->on_answer(key, reply);
                 });
  } else {
    log(Level::error, "messages for another node cannot be read", {{"error", rows.error().what}});
    on_answer(key, Failure(rows.error()));
  }
  lock.lock();
}

// On the bridge's thread, or the sender's.
void Relay::Impl::on_answer(ChannelKey key, const Result<std::string>& reply) {
  const auto answer = reply ? decode_answer(*reply) : Result<RelayAnswer>(Failure(reply.error()));
  std::uint64_t acked = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto found = out_.find(key);
    if (found == out_.end()) return;
    Out& out = found->second;
    --under_way_[out.node];
    const auto before = out.channel.acked();
    const bool moved = answer && out.channel.on_answer(answer->taken);
    if (!answer) out.channel.on_lost();
    if (moved) {
      acked = out.channel.acked();
      sent_ += acked - before;
      out.waits_since_ms = clock_.steady_ms();
    } else {
      out.not_before_ms = clock_.steady_ms() + retry_ms;
    }
    look_ = look_ || moved;
    if (stopping_) return;
  }
  if (acked > 0) {
    engine_.forget_relayed({key, acked}, [](const Result<void>&) {});
    wake_.notify_all();
  }
}

// -- in ---------------------------------------------------------------------------

void Relay::Impl::shards_changed() {
  {
    const std::lock_guard lock(in_mutex_);
    std::erase_if(in_, [](const auto& entry) { return !entry.second.is_under_way(); });
  }
  look();
}

// With in_mutex_ held.
Result<ChannelIn*> Relay::Impl::incoming(ChannelKey key) {
  auto found = in_.find(key);
  if (found == in_.end()) {
    const auto taken = store_.last_taken(key);
    if (!taken) return Failure(taken.error());
    found = in_.emplace(key, ChannelIn(*taken)).first;
  }
  return &found->second;
}

void Relay::Impl::on_offer(bridge::CallPlace place, std::string_view body) {
  auto offer = decode_offer(body);
  if (!offer) return bridge_.answer(place, encode(RelayAnswer{0, offer.error().what}));
  const auto count = offer->messages.size();
  std::optional<std::uint64_t> known;
  {
    const std::lock_guard lock(in_mutex_);
    const auto channel = incoming(offer->channel);
    if (!channel) return bridge_.answer(place, encode(RelayAnswer{0, channel.error().what}));
    known = (*channel)->offer(offer->after, count);
    if (!known) return bridge_.answer(place, encode(RelayAnswer{(*channel)->taken(), ""}));
  }
  persistence::RelayTaken change{offer->channel, offer->after + *known, {}};
  for (auto i = *known; i < count; ++i) change.messages.push_back(std::move(offer->messages[i]));
  engine_.take_relayed(std::move(change), [self = shared_from_this(), place, key = offer->channel,
                                           fresh = count - *known](const Result<void>& result) {
    self->settle(place, key, fresh, result);
  });
}

// On the journal's thread, or the bridge's where the messages were refused at once.
void Relay::Impl::settle(bridge::CallPlace place, ChannelKey key, std::uint64_t count,
                         const Result<void>& result) {
  RelayAnswer answer;
  {
    const std::lock_guard lock(in_mutex_);
    const auto found = in_.find(key);
    if (found == in_.end()) return;
    if (result) {
      found->second.committed(count);
      taken_ += count;
    } else {
      found->second.failed();
      answer.problem = result.error().what;
    }
    answer.taken = found->second.taken();
    // What the store says counts: the next offer reads it again.
    if (!result) in_.erase(found);
  }
  bridge_.answer(place, encode(answer));
}

RelayFigures Relay::Impl::figures() const {
  RelayFigures figures;
  {
    const std::lock_guard lock(mutex_);
    const auto now_ms = clock_.steady_ms();
    for (const auto& [key, out] : out_) {
      if (out.channel.waiting() == 0) continue;
      ++figures.channels;
      figures.waiting += out.channel.waiting();
      figures.oldest_ms = std::max(figures.oldest_ms, now_ms - out.waits_since_ms);
    }
    figures.sent = sent_;
  }
  const std::lock_guard lock(in_mutex_);
  figures.taken = taken_;
  return figures;
}

// -- the face ---------------------------------------------------------------------

Relay::Relay(actors::ClusterEngine& engine, persistence::ClusterStore& store,
             bridge::Bridge& bridge, Clock& clock, Destination destination)
    : impl_(std::make_shared<Impl>(engine, store, bridge, clock, std::move(destination))) {}
Relay::~Relay() {
  stop();
}
void Relay::start() {
  impl_->start();
}
void Relay::stop() {
  impl_->stop();
}
void Relay::look() {
  impl_->look();
}
void Relay::shards_changed() {
  impl_->shards_changed();
}
void Relay::on_offer(bridge::CallPlace place, std::string_view body) {
  impl_->on_offer(place, body);
}
RelayFigures Relay::figures() const {
  return impl_->figures();
}

}  // namespace endure::cluster
