// The dialler's side of the connection to one other node, without socket or thread: what that node
// says in, messages for it out. The bridge's thread.
//
//   absent ──dialled──► greeting ──welcome──► up
//     ▲                    │ refused           │ silent, or goodbye
//     └──── dialled anew ──┴───────────────────┘
//
// A call is answered exactly once: by the other node, or by an Error (Code::retry_later) when its
// deadline passes or the link goes down. Limits: what waits to be sent is counted in bytes by the
// bridge before it comes here; a call beyond the bound never does.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "runtime/bridge/wire.hpp"

namespace endure::bridge {

enum class LinkState : std::uint8_t { absent, greeting, up, refused };
std::string_view to_string(LinkState state);

struct LinkConfig {
  std::int64_t heartbeat_ms = 1'000;
  std::int64_t lost_after_ms = 5'000;
  std::int64_t redial_ms = 1'000;       // after a refusal, and while nobody answers a hello
  std::size_t frame_bytes = 64 * 1024;  // small messages travel together up to this
};

using CallReply = std::function<void(Result<std::string>)>;

struct OutgoingCall {
  std::string kind;
  std::string body;
  std::int64_t deadline_ms = 0;  // of the steady clock
  CallReply reply;
};

// What a link tells of itself.
struct LinkView {
  LinkState state = LinkState::absent;
  std::string refusal;        // of the last attempt; empty where there was none
  std::int64_t since_ms = 0;  // steady clock: since when it is up, refused or neither
  std::optional<std::int64_t> round_trip_us;
  std::uint64_t calls = 0;           // sent, since the start
  std::uint64_t failed = 0;          // of them: without an answer
  std::uint64_t losses = 0;          // how often the link went down
  std::uint64_t pending = 0;         // calls under way
  std::optional<Greeting> greeting;  // the other's, of the last welcome
};

class PeerLink {
 public:
  // What happened, for the bridge to pass on.
  struct Events {
    std::function<std::string(const Greeting&)>
        admit;  // why the other is refused; empty: it is not
    std::function<void(bool up)> changed;
    std::function<void(std::uint64_t counter, std::string_view news)> heard;
    std::function<void(std::size_t bytes)> unqueued;  // of calls: sent, or given up
  };

  PeerLink(std::string node, LinkConfig config, Events events);

  const std::string& node() const { return node_; }
  const LinkView& view() const { return view_; }

  // -- the connection's side --
  void on_dialled(Greeting own, std::int64_t now_ms);
  void on_message(const Message& message, std::int64_t now_ms, std::int64_t now_us);
  // Beats that are due, and calls whose time is over.
  void on_time(std::int64_t now_ms, std::int64_t now_us, std::uint64_t counter,
               const std::string& news);
  // A beat now, because there is news.
  void beat(std::int64_t now_ms, std::int64_t now_us, std::uint64_t counter,
            const std::string& news);
  // The connection is of no use any more: make a new one.
  bool should_dial(std::int64_t now_ms) const;
  void on_lost(const std::string& why, std::int64_t now_ms);
  // No secure connection came about; the socket goes on trying.
  void on_failure(const std::string& why, std::int64_t now_ms);

  // The next frame to be sent, or nothing. It is forgotten by sent().
  const std::string* next_frame();
  void sent();

  // -- the callers' side --
  void call(OutgoingCall call, std::int64_t now_ms);
  // The node stops: says goodbye, every call fails.
  void close(std::int64_t now_ms);

 private:
  struct Pending {
    std::int64_t deadline_ms = 0;
    CallReply reply;
  };
  struct Queued {
    std::string message;
    std::size_t counted = 0;  // bytes of a call
  };

  void become(LinkState state, std::int64_t now_ms);
  void put(std::string message, std::size_t counted = 0);
  void clear_queue();
  void fail_all(const std::string& why);
  void on(const Welcome& message, std::int64_t now_ms);
  void on(const Beaten& message, std::int64_t now_us);
  void on(const Answer& message);

  const std::string node_;
  const LinkConfig config_;
  const Events events_;
  LinkView view_;
  std::int64_t heard_ms_ = 0;
  std::int64_t dialled_ms_ = 0;
  std::int64_t refused_ms_ = 0;
  bool asks_ = false;             // a hello is on its way, or waits for a connection
  std::uint32_t unanswered_ = 0;  // hellos in a row
  std::int64_t next_beat_ms_ = 0;
  std::uint64_t next_id_ = 1;
  std::map<std::uint64_t, Pending> pending_;
  std::deque<Queued> queue_;
  std::optional<std::string> frame_;
  std::size_t frame_counted_ = 0;
};

}  // namespace endure::bridge
