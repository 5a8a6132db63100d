#include "runtime/gateway/worker_link.hpp"

#include <algorithm>
#include <limits>

#include "base/log.hpp"
#include "runtime/version.hpp"

namespace endure::gateway {

namespace {

constexpr std::int64_t first_heartbeat_ms = 1'000;  // until the node has named its own
constexpr std::int64_t least_heartbeat_ms = 50;
constexpr std::int64_t longest_heartbeat_ms = 3'600'000;
constexpr std::int64_t silent_beats = 3;
constexpr std::int64_t least_silence_ms = 3'000;
constexpr std::int64_t resend_after_ms = 500;
constexpr const char* runtime_error = "https://serverlessworkflow.io/spec/1.0.0/errors/runtime";

WorkFailure no_result(std::string detail) {
  WorkFailure failure;
  failure.type = runtime_error;
  failure.title = "the step's result cannot be stored";
  failure.detail = std::move(detail);
  failure.retryable = false;
  return failure;
}

}  // namespace

WorkerLink::WorkerLink(WorkerClientConfig config, std::string instance)
    : config_(std::move(config)),
      instance_(std::move(instance)),
      heartbeat_ms_(first_heartbeat_ms) {}

// -- connection ---------------------------------------------------------------------------------

void WorkerLink::on_connecting(std::int64_t now_ms) {
  welcomed_ = false;
  heard_ms_ = now_ms;
  next_hello_ms_ = now_ms + first_heartbeat_ms;
}

bool WorkerLink::is_silent(std::int64_t now_ms) const {
  return now_ms - heard_ms_ > std::max(silent_beats * heartbeat_ms_, least_silence_ms);
}

void WorkerLink::on_frame(std::string_view frame, std::int64_t now_ms) {
  heard_ms_ = now_ms;
  if (frame.empty()) return;
  const auto message = decode_from_node(frame);
  if (!message) {
    log(Level::error, "a message of the node cannot be read", {{"error", message.error().what}});
    return;
  }
  std::visit([&](const auto& m) { on(m, now_ms); }, *message);
}

void WorkerLink::on_time(std::int64_t now_ms) {
  if (!welcomed_) {
    if (now_ms >= next_hello_ms_) hello(now_ms);
    return;
  }
  if (now_ms >= next_beat_ms_) beat(now_ms);
  if (now_ms >= next_resend_ms_) resend(now_ms);
  flush_ends();
}

void WorkerLink::resend(std::int64_t now_ms) {
  next_resend_ms_ = std::numeric_limits<std::int64_t>::max();
  for (auto& [token, held] : held_) {
    if (!held.resend_ms) continue;
    if (*held.resend_ms > now_ms) {
      next_resend_ms_ = std::min(next_resend_ms_, *held.resend_ms);
      continue;
    }
    held.resend_ms.reset();
    ended_.push_back(token);
  }
}

void WorkerLink::hello(std::int64_t now_ms) {
  Hello message;
  message.instance = instance_;
  message.worker = config_.name;
  const std::string client = "endure-cpp/" + std::string(version());
  message.client = client;
  for (const auto& [queue, capacity] : config_.queues) {
    const auto here = std::count_if(held_.begin(), held_.end(), [&queue = queue](const auto& item) {
      return item.second.queue == queue;
    });
    const auto left = static_cast<std::int64_t>(capacity) - here;
    message.queues.push_back({queue, draining_ || left < 0 ? 0 : static_cast<std::uint32_t>(left)});
  }
  for (const auto& [token, held] : held_) message.held.push_back(token);
  outgoing_.push_back(encode(message));
  next_hello_ms_ = now_ms + first_heartbeat_ms;
}

// Names the steps whose lease has run for a third of its time; an empty one says "I am here".
void WorkerLink::beat(std::int64_t now_ms) {
  Heartbeat message;
  for (auto& [token, held] : held_) {
    if (now_ms - held.extended_ms <= held.lease_ms / 3) continue;
    held.extended_ms = now_ms;
    message.tokens.push_back(token);
  }
  outgoing_.push_back(encode(message));
  next_beat_ms_ = now_ms + heartbeat_ms_;
}

void WorkerLink::on(const Nodes& message, std::int64_t /*now_ms*/) {
  others_.clear();
  for (const auto& [node, address] : message.items) others_.emplace_back(node, address);
}

void WorkerLink::on(const Welcome& message, std::int64_t now_ms) {
  node_ = std::string(message.node);
  log(Level::info, "worker serves", {{"node", message.node}, {"address", config_.address}});
  heartbeat_ms_ = std::clamp(message.heartbeat_ms, least_heartbeat_ms, longest_heartbeat_ms);
  next_beat_ms_ = now_ms + heartbeat_ms_;
  limits_ = message.limits;
  welcomed_ = true;
  if (draining_) outgoing_.push_back(encode(Drain{}));
  ended_.clear();
  for (const auto& [token, held] : held_) {
    if (held.end) ended_.push_back(token);
  }
  flush_ends();
}

void WorkerLink::on(const Refuse& message, std::int64_t now_ms) {
  if (message.code == to_string(Refused::unknown_session)) {
    welcomed_ = false;
    hello(now_ms);
    return;
  }
  log(Level::error, "the node refuses a message", {{"code", message.code}, {"what", message.what}});
}

void WorkerLink::on(const Goodbye& message, std::int64_t now_ms) {
  log(Level::info, "the node says goodbye", {{"why", message.why}});
  goodbye_heard_ = true;
  welcomed_ = false;
  next_hello_ms_ = now_ms + first_heartbeat_ms;
}

// -- steps ------------------------------------------------------------------------------------

void WorkerLink::on(const Steps& message, std::int64_t now_ms) {
  std::vector<std::string> unwanted;
  for (const auto& step : message.items) {
    std::string token(step.token);
    if (draining_) {
      unwanted.push_back(std::move(token));
      continue;
    }
    auto lost = std::make_shared<std::atomic<bool>>(false);
    Held held{std::string(step.queue), step.lease_ms, now_ms, lost, std::nullopt, std::nullopt};
    if (!held_.emplace(token, std::move(held)).second) continue;
    ready_.push_back({std::move(token), std::string(step.ns), std::string(step.workflow),
                      std::string(step.queue), std::string(step.task), step.attempt,
                      std::string(step.idempotency_key), std::string(step.arguments),
                      std::move(lost)});
  }
  release(unwanted);
}

std::optional<Work> WorkerLink::take() {
  if (ready_.empty()) return std::nullopt;
  Work work = std::move(ready_.front());
  ready_.pop_front();
  return work;
}

void WorkerLink::complete(const std::string& token, std::string result) {
  end(token, std::move(result));
}

void WorkerLink::fail(const std::string& token, WorkFailure failure) {
  end(token, std::move(failure));
}

void WorkerLink::end(const std::string& token, End end) {
  const auto it = held_.find(token);
  if (it == held_.end()) return;
  const auto* result = std::get_if<std::string>(&end);
  if (result != nullptr && result->size() > limits_.result_bytes) {
    end = no_result("it has " + std::to_string(result->size()) + " bytes; the node takes " +
                    std::to_string(limits_.result_bytes));
  }
  it->second.end = std::move(end);
  ended_.push_back(token);
}

// Only while there is a session; a later welcome sends every end again.
void WorkerLink::flush_ends() {
  if (!welcomed_ || ended_.empty()) return;
  Results results;
  Errors errors;
  std::size_t bytes = 0;
  const auto send_results = [&] {
    if (!results.items.empty()) outgoing_.push_back(encode(results));
    results.items.clear();
    bytes = 0;
  };
  for (const auto& token : ended_) {
    const auto it = held_.find(token);
    if (it == held_.end() || !it->second.end) continue;
    if (const auto* result = std::get_if<std::string>(&*it->second.end)) {
      if (bytes + result->size() > limits_.message_bytes / 2) send_results();
      bytes += result->size() + token.size();
      results.items.push_back({it->first, *result, nullptr});
      continue;
    }
    const auto& f = std::get<WorkFailure>(*it->second.end);
    errors.items.push_back(
        {it->first, f.type, f.title, f.detail, f.status, f.retryable, f.retry_after_ms});
    if (errors.items.size() == 100) {
      outgoing_.push_back(encode(errors));
      errors.items.clear();
    }
  }
  send_results();
  if (!errors.items.empty()) outgoing_.push_back(encode(errors));
  ended_.clear();
}

void WorkerLink::on(const Answers& message, std::int64_t now_ms) {
  for (const auto& item : message.items) {
    const auto it = held_.find(std::string(item.token));
    if (it == held_.end() || !it->second.end) continue;  // what was not said has no answer
    if (item.answer == Answer::retry) {
      it->second.resend_ms = now_ms + resend_after_ms;
      next_resend_ms_ = std::min(next_resend_ms_, *it->second.resend_ms);
    } else if (item.answer == Answer::invalid &&
               std::holds_alternative<std::string>(*it->second.end)) {
      log(Level::error, "the node refuses a result", {{"why", item.text}});
      it->second.end = no_result(std::string(item.text));
      ended_.push_back(it->first);
    } else {
      held_.erase(it);
    }
  }
}

// -- steps that are taken away
// ----------------------------------------------------------------------

void WorkerLink::on(const Lost& message, std::int64_t) {
  for (const auto token : message.tokens) take_away(token, "its lease ran out");
}

void WorkerLink::on(const Revoke& message, std::int64_t) {
  for (const auto& item : message.items) take_away(item.token, item.why);
}

// A step that is under way still has to be ended, so that its credit comes back.
void WorkerLink::take_away(std::string_view token, std::string_view why) {
  const auto it = held_.find(std::string(token));
  if (it == held_.end()) return;
  if (!it->second.lost->exchange(true)) {
    log(Level::warning, "a step was taken away", {{"queue", it->second.queue}, {"why", why}});
  }
  const auto unbegun = std::find_if(ready_.begin(), ready_.end(),
                                    [&](const Work& work) { return work.token == token; });
  if (unbegun == ready_.end()) return;
  ready_.erase(unbegun);
  release({it->first});
}

void WorkerLink::release(const std::vector<std::string>& tokens) {
  if (tokens.empty()) return;
  const Release message{{tokens.begin(), tokens.end()}};
  if (welcomed_) outgoing_.push_back(encode(message));
  for (const auto& token : tokens) held_.erase(token);
}

void WorkerLink::drain() {
  if (draining_) return;
  draining_ = true;
  if (welcomed_) outgoing_.push_back(encode(Drain{}));
  std::vector<std::string> unbegun;
  for (const auto& work : ready_) unbegun.push_back(work.token);
  ready_.clear();
  release(unbegun);
}

void WorkerLink::goodbye() {
  Goodbye message;
  for (const auto& [token, held] : held_) message.tokens.push_back(token);
  goodbye_heard_ = !welcomed_;
  if (welcomed_) outgoing_.push_back(encode(message, true));
}

}  // namespace endure::gateway
