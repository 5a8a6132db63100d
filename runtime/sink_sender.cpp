#include "runtime/sink_sender.hpp"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "base/fault_point.hpp"
#include "base/log.hpp"
#include "persistence/codec.hpp"
#include "runtime/http_call/transfer.hpp"

namespace endure::runtime {

using persistence::SinkKey;
using persistence::SinkRow;

namespace {

constexpr std::size_t rows_at_once = 1'000;

// Says that this very event will never be taken: sending it again would only hold up the others.
bool is_for_good(int status) {
  return status == 400 || status == 413 || status == 415 || status == 422;
}

}  // namespace

// Lives for as long as the engine may call it.
class SinkSender::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(SinkSenderConfig config, actors::Engine& engine, persistence::Store& store, Clock& clock)
      : config_(std::move(config)), engine_(engine), store_(store), clock_(clock) {}

  Result<void> start();
  void stop();

 private:
  struct Sink {
    Sink(SinkSenderConfig::Sink the_target, sinks::QueueLimits limits)
        : target(std::move(the_target)), queue(limits) {
      view.sink = http_call::shown_uri(target.url);
    }
    SinkSenderConfig::Sink target;
    sinks::SinkQueue queue;
    actors::SinkView view;
  };
  struct Send {
    Sink* sink = nullptr;
    std::uint64_t sequence = 0;
    std::unique_ptr<http_call::Transfer> transfer;
  };

  Result<void> give_up_unknown();
  void run();
  void wake();
  bool is_running();
  void read_store();
  void begin_sends();
  void begin(Sink& sink, const SinkRow& row);
  void collect_finished();
  void conclude(Sink& sink, std::uint64_t sequence, const http_call::Outcome& outcome);
  void settle();
  void take_settled();
  void count_backlogs();
  void drop_oldest(Sink& sink, std::uint64_t count);
  void report();
  int wait_ms() const;

  const SinkSenderConfig config_;
  actors::Engine& engine_;
  persistence::Store& store_;
  Clock& clock_;
  CURLM* multi_ = nullptr;
  std::thread thread_;

  // The sender's thread alone.
  std::vector<std::unique_ptr<Sink>> sinks_;
  std::map<CURL*, Send> sends_;
  std::vector<SinkKey> done_;
  std::int64_t look_due_ms_ = 0;
  std::int64_t count_due_ms_ = 0;

  std::mutex mutex_;  // guards what follows, and the life of multi_ against wake-ups
  std::vector<SinkKey> settled_;
  bool grown_ = true;
  bool running_ = false;
};

// -- start and stop ---------------------------------------------------------------

Result<void> SinkSender::Impl::start() {
  if (auto given_up = give_up_unknown(); !given_up) return given_up;
  if (config_.sinks.empty()) return {};
  static const CURLcode global = curl_global_init(CURL_GLOBAL_DEFAULT);
  multi_ = global == CURLE_OK ? curl_multi_init() : nullptr;
  if (multi_ == nullptr) return fail(Code::io, "libcurl cannot be set up", "events.sinks");
  for (const auto& sink : config_.sinks) {
    sinks_.push_back(std::make_unique<Sink>(sink, config_.queue));
  }
  {
    const std::lock_guard lock(mutex_);
    running_ = true;
  }
  engine_.on_sink_events([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->wake();
  });
  thread_ = std::thread([this] { run(); });
  return {};
}

void SinkSender::Impl::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (!running_) return;
    running_ = false;
    curl_multi_wakeup(multi_);
  }
  engine_.on_sink_events({});
  thread_.join();
  for (auto& [handle, send] : sends_) curl_multi_remove_handle(multi_, handle);
  sends_.clear();
  const std::lock_guard lock(mutex_);
  curl_multi_cleanup(multi_);
  multi_ = nullptr;
}

Result<void> SinkSender::Impl::give_up_unknown() {
  const auto backlogs = store_.sink_backlogs();
  if (!backlogs) return Failure(backlogs.error());
  for (const auto& backlog : *backlogs) {
    const bool known = std::any_of(config_.sinks.begin(), config_.sinks.end(),
                                   [&](const auto& sink) { return sink.url == backlog.sink; });
    if (known) continue;
    log(Level::warning, "events of a sink that is not configured any more are given up",
        {{"sink", http_call::shown_uri(backlog.sink)}, {"events", backlog.events}});
    std::uint64_t last = 0;
    for (;;) {
      const auto rows = store_.sink_events(backlog.sink, last, rows_at_once);
      if (!rows) return Failure(rows.error());
      if (rows->empty()) break;
      std::vector<SinkKey> keys;
      for (const auto& row : *rows) keys.push_back(row.key);
      last = keys.back().sequence;
      engine_.settle_sink_events(std::move(keys), [](const Result<void>&) {});
    }
  }
  return {};
}

void SinkSender::Impl::wake() {
  const std::lock_guard lock(mutex_);
  if (!running_ || std::exchange(grown_, true)) return;
  curl_multi_wakeup(multi_);
}

bool SinkSender::Impl::is_running() {
  const std::lock_guard lock(mutex_);
  return running_;
}

void SinkSender::Impl::run() {
  // A peer that closes under a write must cost an error, not the process.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  while (is_running()) {
    take_settled();
    read_store();
    begin_sends();
    int active = 0;
    curl_multi_perform(multi_, &active);
    collect_finished();
    settle();
    count_backlogs();
    report();
    curl_multi_poll(multi_, nullptr, 0, wait_ms(), nullptr);
  }
}

// -- from the store to the wire -----------------------------------------------------

void SinkSender::Impl::read_store() {
  const auto now_ms = clock_.steady_ms();
  bool grown = now_ms >= look_due_ms_;
  {
    const std::lock_guard lock(mutex_);
    grown = std::exchange(grown_, false) || grown;
  }
  if (!grown) return;
  look_due_ms_ = now_ms + config_.look_ms;
  for (auto& sink : sinks_) {
    if (!sink->queue.has_room()) continue;
    // From the first on: events become durable in another order than they are numbered in.
    auto rows = store_.sink_events(sink->target.url, 0, sink->queue.rows_to_read());
    if (rows) {
      sink->queue.add(std::move(*rows));
    } else {
      log(Level::error, "events for a sink cannot be read",
          {{"sink", sink->view.sink}, {"error", rows.error().what}});
    }
  }
}

void SinkSender::Impl::begin_sends() {
  const auto now_ms = clock_.steady_ms();
  for (auto& sink : sinks_) {
    while (const auto row = sink->queue.next(now_ms)) begin(*sink, *row);
  }
}

void SinkSender::Impl::begin(Sink& sink, const SinkRow& row) {
  const auto event = persistence::decode_value(row.event);
  if (!event) {
    log(Level::error, "an event for a sink is damaged and given up",
        {{"sink", sink.view.sink}, {"sequence", row.key.sequence}});
    sink.queue.done(row.key.sequence);
    done_.push_back(row.key);
    return;
  }
  http_call::Request request;
  request.method = "POST";
  request.uri = sink.target.url;
  request.headers.emplace_back("Content-Type", "application/cloudevents+json; charset=utf-8");
  if (!sink.target.token.empty()) {
    request.headers.emplace_back("Authorization", "Bearer " + sink.target.token);
  }
  request.has_body = true;
  request.body = event->json().dump();
  request.output = http_call::Output::raw;
  http_call::TransferLimits limits;
  limits.connect_timeout_ms = config_.connect_timeout_ms;
  limits.timeout_ms = config_.timeout_ms;
  Send send{&sink, row.key.sequence, nullptr};
  send.transfer = std::make_unique<http_call::Transfer>(std::move(request), limits);
  CURL* handle = send.transfer->handle();
  curl_multi_add_handle(multi_, handle);
  sends_.emplace(handle, std::move(send));
}

void SinkSender::Impl::collect_finished() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;  // the message dies with the handle's removal
    CURL* handle = message->easy_handle;
    auto send = std::move(sends_.extract(handle).mapped());
    const auto outcome = send.transfer->outcome(code);
    curl_multi_remove_handle(multi_, handle);
    conclude(*send.sink, send.sequence, outcome);
  }
}

void SinkSender::Impl::conclude(Sink& sink, std::uint64_t sequence,
                                const http_call::Outcome& outcome) {
  const bool refused = !outcome && is_for_good(outcome.error().status);
  if (outcome || refused) {
    if (sink.queue.is_failing()) {
      log(Level::info, "a sink takes events again", {{"sink", sink.view.sink}});
    }
    sink.view.last_error = refused ? outcome.error().detail : "";
    sink.view.failing_since.reset();
    ++(refused ? sink.view.refused : sink.view.sent);
    if (refused) {
      log(Level::warning, "a sink refused an event for good",
          {{"sink", sink.view.sink}, {"sequence", sequence}, {"why", outcome.error().detail}});
    }
    sink.queue.done(sequence);
    done_.push_back({sink.target.url, sequence});
    return;
  }
  if (!sink.queue.is_failing()) {
    log(Level::warning, "a sink does not take events; they are kept and sent again",
        {{"sink", sink.view.sink}, {"why", outcome.error().detail}});
    sink.view.failing_since = clock_.now();
  }
  ++sink.view.failed;
  sink.view.last_error = outcome.error().detail;
  sink.queue.failed(sequence, clock_.steady_ms());
}

// -- what is done leaves the store ----------------------------------------------------

void SinkSender::Impl::settle() {
  if (done_.empty()) return;
  ENDURE_FAULT_POINT("sinks.before_settle");
  auto keys = std::exchange(done_, {});
  engine_.settle_sink_events(keys, [weak = weak_from_this(), keys](const Result<void>& result) {
    const auto self = weak.lock();
    if (!self) return;
    if (!result) {
      log(Level::warning, "events that a sink has taken could not be removed",
          {{"events", keys.size()}, {"error", result.error().what}});
    }
    const std::lock_guard lock(self->mutex_);
    // Where it failed they stay known as done until the next start, which sends them once more.
    if (!result || !self->running_) return;
    self->settled_.insert(self->settled_.end(), keys.begin(), keys.end());
    self->grown_ = true;
    curl_multi_wakeup(self->multi_);
  });
}

void SinkSender::Impl::take_settled() {
  std::vector<SinkKey> settled;
  {
    const std::lock_guard lock(mutex_);
    settled.swap(settled_);
  }
  for (const auto& key : settled) {
    for (auto& sink : sinks_) {
      if (sink->target.url == key.sink) sink->queue.settled(key.sequence);
    }
  }
}

// -- backlogs -----------------------------------------------------------------------

void SinkSender::Impl::count_backlogs() {
  const auto now_ms = clock_.steady_ms();
  if (now_ms < count_due_ms_) return;
  count_due_ms_ = now_ms + config_.count_ms;
  const auto backlogs = store_.sink_backlogs();
  if (!backlogs) return;
  for (auto& sink : sinks_) {
    sink->view.backlog = 0;
    for (const auto& backlog : *backlogs) {
      if (backlog.sink == sink->target.url) sink->view.backlog = backlog.events;
    }
    if (sink->view.backlog > config_.max_backlog) {
      drop_oldest(*sink, sink->view.backlog - config_.max_backlog);
    }
  }
}

void SinkSender::Impl::drop_oldest(Sink& sink, std::uint64_t count) {
  const auto before = sink.view.dropped;
  std::uint64_t last = 0;
  while (count > 0) {
    const auto rows =
        store_.sink_events(sink.target.url, last, std::min<std::uint64_t>(count, rows_at_once));
    if (!rows || rows->empty()) break;
    for (const auto& row : *rows) {
      last = row.key.sequence;
      --count;
      if (!sink.queue.drop(last)) continue;
      done_.push_back(row.key);
      ++sink.view.dropped;
    }
    settle();
  }
  log(Level::warning, "too many events wait for a sink; its oldest are given up",
      {{"sink", sink.view.sink}, {"events", sink.view.dropped - before}});
}

void SinkSender::Impl::report() {
  std::vector<actors::SinkView> views;
  for (const auto& sink : sinks_) views.push_back(sink->view);
  engine_.report_sinks(std::move(views));
}

int SinkSender::Impl::wait_ms() const {
  const auto now_ms = clock_.steady_ms();
  std::int64_t due_ms = std::min(look_due_ms_, count_due_ms_);
  for (const auto& sink : sinks_) {
    if (const auto due = sink->queue.due_ms()) due_ms = std::min(due_ms, *due);
  }
  return static_cast<int>(std::clamp<std::int64_t>(due_ms - now_ms, 1, 60'000));
}

SinkSender::SinkSender(SinkSenderConfig config, actors::Engine& engine, persistence::Store& store,
                       Clock& clock)
    : impl_(std::make_shared<Impl>(std::move(config), engine, store, clock)) {}

SinkSender::~SinkSender() {
  stop();
}

Result<void> SinkSender::start() {
  return impl_->start();
}
void SinkSender::stop() {
  impl_->stop();
}

}  // namespace endure::runtime
