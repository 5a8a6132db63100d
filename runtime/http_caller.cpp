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
#include "runtime/calls/authorizer.hpp"
#include "runtime/calls/child.hpp"
#include "runtime/calls/document.hpp"
#include "runtime/calls/line.hpp"
#include "workflow/secret_placeholder.hpp"

namespace endure::runtime {

using actors::LeasedStep;
using actors::StepToken;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr std::int64_t answer_again_ms = 500;
constexpr std::int64_t shortest_beat_ms = 50;
constexpr std::size_t documents_kept = 4;  // so many of the largest

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
      : config_(std::move(config)),
        secrets_(config_.secrets),
        engine_(engine),
        documents_(documents_kept * config_.max_document_bytes, config_.document_cache_ms) {}

  Result<void> start();
  void stop();

  // -- StepSink, on the engine's threads --
  void deliver(std::vector<LeasedStep> steps) override {
    for (auto& step : steps) post(std::move(step));
  }
  void revoke(const StepToken& token, const std::string& /*why*/) override { post(Lost{token}); }

 private:
  class Held;

  void post(Message message);
  void run();
  void take_messages();
  void begin(LeasedStep step);
  void on_answered(const Answered& answered);
  void on_lost(const StepToken& token);
  void collect_finished();
  void answer(Held& held);
  void beat(std::int64_t now_ms);
  int wait_ms(std::int64_t now_ms) const;
  std::int64_t beat_ms(const LeasedStep& step) const {
    return std::max(shortest_beat_ms, step.lease_ms / 3);
  }

  const HttpCallerConfig config_;
  const Secrets secrets_;
  actors::Engine& engine_;
  actors::ConsumerId consumer_ = 0;
  CURLM* multi_ = nullptr;
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> connect_to_{nullptr,
                                                                          &curl_slist_free_all};
  std::thread thread_;
  // The caller's thread alone.
  calls::DocumentCache documents_;
  calls::TokenCache tokens_;
  std::map<persistence::StepKey, std::unique_ptr<Held>> held_;

  std::mutex mutex_;  // guards what follows, and the life of multi_ against wake-ups
  std::vector<Message> inbox_;
  bool running_ = false;
};

// A step that this caller holds: its call is under way, or its outcome waits for the engine.
class HttpCaller::Impl::Held final : public calls::Line {
 public:
  Held(Impl& impl, LeasedStep leased) : step(std::move(leased)), impl_(impl) {}
  ~Held() override { give_up(); }

  void start();
  void give_up();  // whatever is under way
  void finished(CURLcode code);
  void act(std::int64_t now_ms);  // on what its program wrote, and on its timer
  void add_descriptors(std::vector<curl_waitfd>& all) const;
  std::int64_t due_ms() const;  // when act() is needed at the latest

  // -- calls::Line --
  void send(http_call::Request request, Then then, calls::SendOptions options) override;
  void end(http_call::Outcome result) override;
  void hide(const std::string& text) override { values_.add(text); }
  workflow::Json with_authorization(const workflow::Json& arguments,
                                    const std::string& parameter) override;
  void later(std::int64_t ms, std::function<void()> then) override;
  Result<void> start_program(const calls::Program& program,
                             std::function<void(const std::string&)> on_line,
                             std::function<void(const std::string&)> on_end) override;
  void write_line(const std::string& line) override;
  void close_input() override;
  const std::string& idempotency_key() const override { return step.idempotency_key; }
  std::int64_t now_ms() const override;
  std::int64_t steady_ms() const override { return runtime::steady_ms(); }
  std::size_t max_document_bytes() const override { return impl_.config_.max_document_bytes; }
  std::int64_t timeout_ms() const override { return impl_.config_.timeout_ms; }
  std::int64_t stream_timeout_ms() const override { return impl_.config_.stream_timeout_ms; }
  std::size_t max_response_bytes() const override { return impl_.config_.max_response_bytes; }
  calls::DocumentCache& documents() override { return impl_.documents_; }
  calls::TokenCache& tokens() override { return impl_.tokens_; }

  LeasedStep step;
  std::optional<http_call::Outcome> outcome;
  std::int64_t beat_due_ms = 0;
  std::optional<std::int64_t> answer_due_ms;  // the engine asked to answer again later

 private:
  Result<workflow::Json> revealed(workflow::Json arguments);

  Impl& impl_;
  SecretValues values_;
  std::unique_ptr<calls::Call> call_;
  std::unique_ptr<http_call::Transfer> transfer_;
  Then then_;
  std::unique_ptr<calls::Child> child_;
  std::function<void()> timer_;
  std::int64_t timer_due_ms_ = 0;
};

// -- one call -------------------------------------------------------------------

std::int64_t HttpCaller::Impl::Held::now_ms() const {
  return std::chrono::duration_cast<milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// URIs apart: what stands within one is percent-encoded.
Result<workflow::Json> HttpCaller::Impl::Held::revealed(workflow::Json arguments) {
  const WorkflowNumber workflow = step.token.key.workflow;
  std::vector<std::pair<workflow::Json::json_pointer, std::string>> uris;
  for (const char* place :
       {"/uri", "/document/uri", "/endpoint/uri", "/server/uri", "/agentCard/uri"}) {
    const workflow::Json::json_pointer at(place);
    if (!arguments.contains(at) || !arguments[at].is_string()) continue;
    auto uri = impl_.secrets_.reveal_uri(arguments[at].get<std::string>(), workflow, values_);
    if (!uri) return Failure(uri.error());
    arguments[at] = nullptr;
    uris.emplace_back(at, std::move(*uri));
  }
  auto all = impl_.secrets_.reveal(arguments, workflow, values_);
  if (!all) return all;
  for (auto& [at, uri] : uris) (*all)[at] = std::move(uri);
  return all;
}

void HttpCaller::Impl::Held::start() {
  const auto arguments = persistence::decode_value(step.arguments);
  if (!arguments) {
    return end(tl::make_unexpected(http_call::configuration_fault(arguments.error())));
  }
  auto with_secrets = revealed(arguments->json());
  if (!with_secrets) return end(tl::make_unexpected(secret_fault(with_secrets.error())));
  call_ = calls::make_call(*this, std::move(*with_secrets));
  call_->begin();
}

void HttpCaller::Impl::Held::send(http_call::Request request, Then then,
                                  calls::SendOptions options) {
  http_call::TransferLimits limits;
  limits.connect_timeout_ms = impl_.config_.connect_timeout_ms;
  limits.timeout_ms = impl_.config_.timeout_ms;
  if (options.timeout_ms > 0) limits.timeout_ms = options.timeout_ms;
  limits.max_response_bytes = options.max_response_bytes > 0 ? options.max_response_bytes
                                                             : impl_.config_.max_response_bytes;
  limits.max_redirects = static_cast<long>(impl_.config_.max_redirects);
  limits.connect_to = impl_.connect_to_.get();
  limits.ca_file = impl_.config_.ca_file;
  give_up();
  then_ = std::move(then);
  transfer_ = std::make_unique<http_call::Transfer>(std::move(request), std::move(limits),
                                                    std::move(options.on_bytes));
  curl_easy_setopt(transfer_->handle(), CURLOPT_PRIVATE, this);
  curl_multi_add_handle(impl_.multi_, transfer_->handle());
}

void HttpCaller::Impl::Held::finished(CURLcode code) {
  auto reply = transfer_->finish(code);
  const Then then = std::move(then_);
  give_up();
  then(std::move(reply));
}

void HttpCaller::Impl::Held::give_up() {
  if (!transfer_) return;
  curl_multi_remove_handle(impl_.multi_, transfer_->handle());
  transfer_.reset();
  then_ = {};
}

void HttpCaller::Impl::Held::end(http_call::Outcome result) {
  if (outcome) return;
  if (result) {
    outcome = values_.empty() ? std::move(result) : workflow::Value(values_.masked(result->json()));
  } else {
    outcome = tl::make_unexpected(values_.masked(std::move(result).error()));
  }
  impl_.answer(*this);
}

void HttpCaller::Impl::Held::later(std::int64_t ms, std::function<void()> then) {
  timer_ = std::move(then);
  timer_due_ms_ = steady_ms() + ms;
}

Result<void> HttpCaller::Impl::Held::start_program(const calls::Program& program,
                                                   std::function<void(const std::string&)> on_line,
                                                   std::function<void(const std::string&)> on_end) {
  child_ = std::make_unique<calls::Child>(std::move(on_line), std::move(on_end));
  return child_->start(program);
}

void HttpCaller::Impl::Held::write_line(const std::string& line) {
  if (child_) child_->write_line(line);
}

void HttpCaller::Impl::Held::close_input() {
  if (child_) child_->close_input();
}

void HttpCaller::Impl::Held::act(std::int64_t now_ms) {
  if (outcome) {
    child_.reset();
    timer_ = {};
    return;
  }
  if (child_) child_->pump();
  if (!timer_ || timer_due_ms_ > now_ms || outcome) return;
  const auto timer = std::exchange(timer_, {});
  timer();
}

void HttpCaller::Impl::Held::add_descriptors(std::vector<curl_waitfd>& all) const {
  if (!child_) return;
  for (const auto& [fd, writes] : child_->descriptors()) {
    all.push_back({fd, static_cast<short>(writes ? CURL_WAIT_POLLOUT : CURL_WAIT_POLLIN), 0});
  }
}

std::int64_t HttpCaller::Impl::Held::due_ms() const {
  std::int64_t due = beat_due_ms;
  if (answer_due_ms) due = std::min(due, *answer_due_ms);
  if (timer_) due = std::min(due, timer_due_ms_);
  return due;
}

workflow::Json HttpCaller::Impl::Held::with_authorization(const workflow::Json& arguments,
                                                          const std::string& parameter) {
  if (arguments.is_string()) {
    std::string text = arguments.get<std::string>();
    const WorkflowNumber workflow = step.token.key.workflow;
    for (std::size_t from = 0;;) {
      const auto found = workflow::find_placeholder(text, workflow, impl_.secrets_.key(), from);
      if (!found) return text;
      from = found->at + found->size;
      if (found->path != workflow::SecretPath{"$authorization"}) continue;
      text.replace(found->at, found->size, parameter);
      from = found->at + parameter.size();
    }
  }
  workflow::Json out = arguments;
  if (out.is_structured()) {
    for (auto& item : out) item = with_authorization(item, parameter);
  }
  return out;
}

// -- the caller -----------------------------------------------------------------

Result<void> HttpCaller::Impl::start() {
  static const CURLcode global = curl_global_init(CURL_GLOBAL_DEFAULT);
  multi_ = global == CURLE_OK ? curl_multi_init() : nullptr;
  if (multi_ == nullptr) return fail(Code::io, "libcurl cannot be set up", "http_client");
  for (const auto& connection : config_.connect_to) {
    connect_to_.reset(curl_slist_append(connect_to_.release(), connection.c_str()));
  }
  curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, static_cast<long>(config_.concurrency));
  {
    const std::lock_guard lock(mutex_);
    running_ = true;
  }
  thread_ = std::thread([this] { run(); });
  consumer_ = engine_.new_consumer();
  engine_.attach(consumer_, config_.queue, config_.name, shared_from_this());
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
  engine_.detach(consumer_, !held_.empty());
  held_.clear();
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
    std::vector<curl_waitfd> descriptors;
    for (auto& [key, held] : held_) {
      held->act(now_ms);
      held->add_descriptors(descriptors);
    }
    beat(now_ms);
    curl_multi_poll(multi_, descriptors.data(), static_cast<unsigned>(descriptors.size()),
                    wait_ms(now_ms), nullptr);
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
  auto& held = held_[key];  // one of an earlier attempt, whose end was not told yet, is given up
  held = std::make_unique<Held>(*this, std::move(step));
  held->beat_due_ms = steady_ms() + beat_ms(held->step);
  held->start();
}

void HttpCaller::Impl::collect_finished() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;  // the message dies with the handle's removal
    char* private_data = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private_data);
    reinterpret_cast<Held*>(private_data)->finished(code);  // NOLINT: libcurl's way
  }
}

void HttpCaller::Impl::answer(Held& held) {
  held.answer_due_ms.reset();
  auto reply = [weak = weak_from_this(), token = held.step.token](Result<void> result) {
    if (const auto self = weak.lock()) self->post(Answered{token, std::move(result)});
  };
  if (*held.outcome) {
    return engine_.complete(consumer_, held.step.token, **held.outcome, std::move(reply));
  }
  actors::StepFailure failure;
  failure.fault = held.outcome->error();
  failure.retryable = false;
  engine_.fail_step(consumer_, held.step.token, std::move(failure), std::move(reply));
}

void HttpCaller::Impl::on_answered(const Answered& answered) {
  const auto it = held_.find(answered.token.key);
  if (it == held_.end() || !(it->second->step.token == answered.token)) return;
  // The call is made; only its outcome must still get through, for else it would be made again.
  if (!answered.result && answered.result.error().code == Code::retry_later) {
    it->second->answer_due_ms = steady_ms() + answer_again_ms;
    return;
  }
  if (!answered.result) {
    const auto& step = it->second->step;
    log(Level::warning, "outcome of a call refused",
        {{"namespace", step.name.ns},
         {"workflow", step.name.id},
         {"why", answered.result.error().what}});
  }
  held_.erase(it);
  engine_.credit(consumer_, config_.queue, 1);
}

void HttpCaller::Impl::on_lost(const StepToken& token) {
  const auto it = held_.find(token.key);
  if (it == held_.end() || !(it->second->step.token == token)) return;
  held_.erase(it);
  engine_.credit(consumer_, config_.queue, 1);
}

void HttpCaller::Impl::beat(std::int64_t now_ms) {
  std::vector<StepToken> tokens;
  for (auto& [key, held] : held_) {
    if (held->answer_due_ms && *held->answer_due_ms <= now_ms) answer(*held);
    if (held->beat_due_ms > now_ms) continue;
    held->beat_due_ms = now_ms + beat_ms(held->step);
    tokens.push_back(held->step.token);
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
  for (const auto& [key, held] : held_) {
    due_ms = std::min(due_ms, held->due_ms());
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
