#include "runtime/http_caller.hpp"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <thread>
#include <variant>
#include <vector>

#include "base/log.hpp"
#include "persistence/codec.hpp"
#include "runtime/http_call/transfer.hpp"

namespace endure::runtime {

using actors::LeasedStep;
using actors::StepToken;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr std::int64_t answer_again_ms = 500;
constexpr std::int64_t shortest_beat_ms = 50;

std::int64_t steady_ms() {
  return std::chrono::duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

struct Answered {
  StepToken token;
  Result<void> result;
};
struct Lost {
  StepToken token;
};
using Message = std::variant<LeasedStep, Answered, Lost>;

}  // namespace

// Lives for as long as the engine may call it, which is longer than the caller.
class HttpCaller::Impl final : public actors::StepSink, public std::enable_shared_from_this<Impl> {
 public:
  Impl(HttpCallerConfig config, actors::Engine& engine)
      : config_(std::move(config)), engine_(engine) {}

  Result<void> start();
  void stop();

  // -- StepSink, on the engine's threads --
  void deliver(std::vector<LeasedStep> steps) override {
    for (auto& step : steps) post(std::move(step));
  }
  void revoke(const StepToken& token, const std::string& /*why*/) override { post(Lost{token}); }

 private:
  // A step that this caller holds: its call is under way, or its outcome waits for the engine.
  struct Call {
    LeasedStep step;
    std::unique_ptr<http_call::Transfer> transfer;
    std::optional<http_call::Outcome> outcome;
    std::int64_t beat_due_ms = 0;
    std::optional<std::int64_t> answer_due_ms;  // the engine asked to answer again later
  };

  void post(Message message);
  void run();
  void take_messages();
  void begin(LeasedStep step);
  void on_answered(const Answered& answered);
  void on_lost(const StepToken& token);
  void collect_finished();
  void end_transfer(Call& call);
  void answer(Call& call);
  void beat(std::int64_t now_ms);
  int wait_ms(std::int64_t now_ms) const;
  std::int64_t beat_ms(const LeasedStep& step) const {
    return std::max(shortest_beat_ms, step.lease_ms / 3);
  }

  const HttpCallerConfig config_;
  actors::Engine& engine_;
  actors::ConsumerId consumer_ = 0;
  CURLM* multi_ = nullptr;
  std::thread thread_;
  std::map<persistence::StepKey, Call> calls_;  // the caller's thread alone

  std::mutex mutex_;  // guards what follows, and the life of multi_ against wake-ups
  std::vector<Message> inbox_;
  bool running_ = false;
};

Result<void> HttpCaller::Impl::start() {
  static const CURLcode global = curl_global_init(CURL_GLOBAL_DEFAULT);
  multi_ = global == CURLE_OK ? curl_multi_init() : nullptr;
  if (multi_ == nullptr) return fail(Code::io, "libcurl cannot be set up", "http_client");
  curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, static_cast<long>(config_.concurrency));
  {
    const std::lock_guard lock(mutex_);
    running_ = true;
  }
  thread_ = std::thread([this] { run(); });
  consumer_ = engine_.new_consumer();
  engine_.attach(consumer_, config_.queue, "endure-http", shared_from_this());
  engine_.credit(consumer_, config_.queue, config_.concurrency);
  return {};
}

void HttpCaller::Impl::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (!running_) return;
    running_ = false;
    curl_multi_wakeup(multi_);
  }
  thread_.join();
  // What was cut off may have had its effect: that attempt counts.
  engine_.detach(consumer_, !calls_.empty());
  for (auto& [key, call] : calls_) end_transfer(call);
  calls_.clear();
  const std::lock_guard lock(mutex_);
  curl_multi_cleanup(multi_);
  multi_ = nullptr;
}

// After stop() the engine takes the steps back by itself: the consumer is detached.
void HttpCaller::Impl::post(Message message) {
  const std::lock_guard lock(mutex_);
  if (!running_) return;
  inbox_.push_back(std::move(message));
  curl_multi_wakeup(multi_);
}

void HttpCaller::Impl::run() {
  // A peer that closes under a write must cost an error, not the process.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      if (!running_) return;
    }
    take_messages();
    int active = 0;
    curl_multi_perform(multi_, &active);
    collect_finished();
    const auto now_ms = steady_ms();
    beat(now_ms);
    curl_multi_poll(multi_, nullptr, 0, wait_ms(now_ms), nullptr);
  }
}

void HttpCaller::Impl::take_messages() {
  std::vector<Message> messages;
  {
    const std::lock_guard lock(mutex_);
    messages.swap(inbox_);
  }
  for (auto& message : messages) {
    if (auto* step = std::get_if<LeasedStep>(&message)) begin(std::move(*step));
    if (auto* answered = std::get_if<Answered>(&message)) on_answered(*answered);
    if (auto* lost = std::get_if<Lost>(&message)) on_lost(lost->token);
  }
}

void HttpCaller::Impl::begin(LeasedStep step) {
  const auto key = step.token.key;
  auto& call = calls_[key];
  end_transfer(call);  // of an earlier attempt, whose end was not told yet
  call = Call{std::move(step), nullptr, std::nullopt, 0, std::nullopt};
  call.beat_due_ms = steady_ms() + beat_ms(call.step);
  const auto arguments = persistence::decode_value(call.step.arguments);
  auto request = arguments ? http_call::read_request(arguments->json(), call.step.idempotency_key)
                           : Result<http_call::Request>(Failure(arguments.error()));
  if (!request) {
    call.outcome = tl::make_unexpected(http_call::configuration_fault(request.error()));
    return answer(call);
  }
  http_call::TransferLimits limits;
  limits.connect_timeout_ms = config_.connect_timeout_ms;
  limits.timeout_ms = config_.timeout_ms;
  limits.max_response_bytes = config_.max_response_bytes;
  limits.max_redirects = static_cast<long>(config_.max_redirects);
  call.transfer = std::make_unique<http_call::Transfer>(std::move(*request), limits);
  curl_easy_setopt(call.transfer->handle(), CURLOPT_PRIVATE, &call);
  curl_multi_add_handle(multi_, call.transfer->handle());
}

void HttpCaller::Impl::collect_finished() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;  // the message dies with the handle's removal
    char* private_data = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private_data);
    auto& call = *reinterpret_cast<Call*>(private_data);  // NOLINT: libcurl's way
    call.outcome = call.transfer->finish(code);
    end_transfer(call);
    answer(call);
  }
}

void HttpCaller::Impl::end_transfer(Call& call) {
  if (!call.transfer) return;
  curl_multi_remove_handle(multi_, call.transfer->handle());
  call.transfer.reset();
}

void HttpCaller::Impl::answer(Call& call) {
  call.answer_due_ms.reset();
  auto reply = [weak = weak_from_this(), token = call.step.token](Result<void> result) {
    if (const auto self = weak.lock()) self->post(Answered{token, std::move(result)});
  };
  if (*call.outcome) {
    return engine_.complete(consumer_, call.step.token, **call.outcome, std::move(reply));
  }
  actors::StepFailure failure;
  failure.fault = call.outcome->error();
  failure.retryable = false;
  engine_.fail_step(consumer_, call.step.token, std::move(failure), std::move(reply));
}

void HttpCaller::Impl::on_answered(const Answered& answered) {
  const auto it = calls_.find(answered.token.key);
  if (it == calls_.end() || !(it->second.step.token == answered.token)) return;
  // The call is made; only its outcome must still get through, for else it would be made again.
  if (!answered.result && answered.result.error().code == Code::retry_later) {
    it->second.answer_due_ms = steady_ms() + answer_again_ms;
    return;
  }
  if (!answered.result) {
    const auto& step = it->second.step;
    log(Level::warning, "outcome of an http call refused",
        {{"namespace", step.name.ns},
         {"workflow", step.name.id},
         {"why", answered.result.error().what}});
  }
  calls_.erase(it);
  engine_.credit(consumer_, config_.queue, 1);
}

void HttpCaller::Impl::on_lost(const StepToken& token) {
  const auto it = calls_.find(token.key);
  if (it == calls_.end() || !(it->second.step.token == token)) return;
  end_transfer(it->second);
  calls_.erase(it);
  engine_.credit(consumer_, config_.queue, 1);
}

void HttpCaller::Impl::beat(std::int64_t now_ms) {
  std::vector<StepToken> tokens;
  for (auto& [key, call] : calls_) {
    if (call.answer_due_ms && *call.answer_due_ms <= now_ms) answer(call);
    if (call.beat_due_ms > now_ms) continue;
    call.beat_due_ms = now_ms + beat_ms(call.step);
    tokens.push_back(call.step.token);
  }
  if (tokens.empty()) return;
  engine_.heartbeat(consumer_, std::move(tokens),
                    [weak = weak_from_this()](Result<std::vector<StepToken>> lost) {
                      const auto self = weak.lock();
                      if (!self || !lost) return;
                      for (const auto& token : *lost) self->post(Lost{token});
                    });
}

int HttpCaller::Impl::wait_ms(std::int64_t now_ms) const {
  constexpr std::int64_t longest_ms = 60'000;
  std::int64_t due_ms = now_ms + longest_ms;
  for (const auto& [key, call] : calls_) {
    due_ms = std::min(due_ms, call.beat_due_ms);
    if (call.answer_due_ms) due_ms = std::min(due_ms, *call.answer_due_ms);
  }
  return static_cast<int>(std::max<std::int64_t>(0, due_ms - now_ms));
}

HttpCaller::HttpCaller(HttpCallerConfig config, actors::Engine& engine)
    : impl_(std::make_shared<Impl>(std::move(config), engine)) {}

HttpCaller::~HttpCaller() {
  stop();
}

Result<void> HttpCaller::start() {
  return impl_->start();
}
void HttpCaller::stop() {
  impl_->stop();
}

}  // namespace endure::runtime
