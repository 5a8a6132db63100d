#include "runtime/calls/asyncapi.hpp"

#include <algorithm>

#include "runtime/http/json.hpp"
#include "runtime/http_call/response.hpp"

namespace endure::calls {

namespace {

constexpr std::int64_t ask_again_ms = 1'000;
constexpr std::size_t most_messages = 1'000;  // in one batch
constexpr std::size_t max_depth = 64;

Json payload_of(const std::string& data) {
  auto json = http::parse_json(data, max_depth);
  return json ? std::move(*json) : Json(data);
}

}  // namespace

void AsyncapiCall::begin() {
  const Json document = arguments_.value("document", Json::object());
  fetch_document(line_, document, "The AsyncAPI document", [this](Faulty<Document> fetched) {
    if (!fetched) return line_.end(tl::make_unexpected(std::move(fetched).error()));
    auto operation =
        asyncapi_operation(**fetched, arguments_["document"].value("uri", ""), arguments_);
    if (!operation) {
      return line_.end(tl::make_unexpected(http_call::configuration_fault(operation.error())));
    }
    operation_ = std::move(*operation);
    if (!arguments_.contains("subscription")) return publish();
    const Json subscription = arguments_["subscription"];
    const Json cursor = subscription.value("cursor", Json());
    if (cursor.is_string()) cursor_ = cursor.get<std::string>();
    wanted_ = subscription.value("amount", std::size_t{0});
    until_ms_ = line_.steady_ms() + line_.stream_timeout_ms();
    if (const Json deadline = subscription.value("deadline", Json()); deadline.is_number()) {
      const auto ms = deadline.get<std::int64_t>() - line_.now_ms();
      to_deadline_ = ms <= line_.stream_timeout_ms();
      until_ms_ = std::min(until_ms_, line_.steady_ms() + ms);
    }
    fetch();
  });
}

// -- publish ------------------------------------------------------------------

void AsyncapiCall::publish() {
  const Json message = arguments_.value("message", Json::object());
  Json headers = message.value("headers", Json());
  if (!headers.is_object()) headers = Json::object();
  const bool has_type =
      std::any_of(headers.items().begin(), headers.items().end(), [](const auto& header) {
        std::string name = header.key();
        for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        return name == "content-type";
      });
  if (!has_type) headers["Content-Type"] = operation_.content_type;
  Json arguments{{"method", operation_.method}, {"uri", operation_.uri}, {"headers", headers}};
  if (message.contains("payload") && !message["payload"].is_null()) {
    const Json& payload = message["payload"];
    const bool json = operation_.content_type.find("json") != std::string::npos;
    arguments["body"] = json ? Json(http::dump(payload)) : payload;
  }
  auto request = http_call::read_request(arguments, line_.idempotency_key());
  if (!request) {
    return line_.end(tl::make_unexpected(http_call::configuration_fault(request.error())));
  }
  const Request sent = *request;
  std::make_shared<Authorizer>(line_, arguments_.value("authentication", Json()))
      ->send(std::move(*request), [this, sent](Reply reply) {
        if (!reply) return line_.end(tl::make_unexpected(std::move(reply).error()));
        line_.end(http_call::read_response(sent, *reply));
      });
}

// -- subscribe ----------------------------------------------------------------

bool AsyncapiCall::has_enough() const {
  if (messages_.size() >= most_messages || bytes_ > line_.max_response_bytes()) return true;
  // More are waited for only where those at hand can be had again, should the node die meanwhile.
  if (wanted_ > 0 && !cursor_.empty()) return messages_.size() >= wanted_;
  return !messages_.empty();
}

void AsyncapiCall::add(Json payload, Json headers) {
  Json message{{"payload", std::move(payload)}, {"headers", std::move(headers)}};
  auto correlation = correlation_of(message, operation_.correlation_location);
  if (!correlation.is_null()) message["correlationId"] = std::move(correlation);
  messages_.push_back(std::move(message));
}

bool AsyncapiCall::take(std::string_view bytes) {
  bytes_ += bytes.size();
  for (const auto& event : events_.take(bytes)) {
    Json headers{{"event", event.type}};
    if (!event.id.empty()) {
      headers["id"] = event.id;
      cursor_ = event.id;
    }
    add(payload_of(event.data), std::move(headers));
    if (wanted_ > 0 && messages_.size() >= wanted_) return false;
  }
  return !has_enough();
}

void AsyncapiCall::fetch() {
  if (left_ms() <= 0) return end_batch();
  auto request = http_call::read_request({{"uri", operation_.uri}}, "");
  if (!request) {
    return line_.end(tl::make_unexpected(http_call::configuration_fault(request.error())));
  }
  request->headers.emplace_back("Accept", "text/event-stream, application/json;q=0.9");
  if (!cursor_.empty()) (void)http_call::set_header(*request, "Last-Event-ID", cursor_);
  events_ = SseParser();
  SendOptions options;
  options.timeout_ms = left_ms();
  options.on_bytes = [this](std::string_view bytes) { return take(bytes); };
  const Request sent = *request;
  std::make_shared<Authorizer>(line_, arguments_.value("authentication", Json()))
      ->send(
          std::move(*request), [this, sent](Reply reply) { on_fetched(sent, std::move(reply)); },
          std::move(options));
}

void AsyncapiCall::on_fetched(const Request& sent, Reply reply) {
  if (!messages_.empty() && has_enough()) return end_batch();
  if (!reply) {
    // The time was up, and that was all that came.
    if (left_ms() <= 0) return end_batch();
    if (!messages_.empty()) return end_batch();
    return line_.end(tl::make_unexpected(std::move(reply).error()));
  }
  if (reply->status < 200 || reply->status > 299) {
    return line_.end(tl::make_unexpected(http_call::status_fault(sent, *reply)));
  }
  if (!reply->body.empty()) {
    auto content = http_call::content_of(sent, *reply);
    if (!content) return line_.end(tl::make_unexpected(std::move(content).error()));
    Json headers = Json::object();
    for (const auto& [name, value] : reply->headers) headers[name] = value;
    bytes_ += reply->body.size();
    const Json batch = content->is_array() ? *content : Json::array({*content});
    for (const auto& payload : batch) add(payload, headers);
    if (has_enough()) return end_batch();
  }
  // The stream ended, or there was nothing yet.
  line_.later(std::min(ask_again_ms, std::max<std::int64_t>(1, left_ms())), [this] { fetch(); });
}

void AsyncapiCall::end_batch() {
  const bool over = to_deadline_ && left_ms() <= 0;
  line_.end(workflow::Value(Json{{"messages", std::move(messages_)},
                                 {"cursor", cursor_.empty() ? Json() : Json(cursor_)},
                                 {"closed", over}}));
}

}  // namespace endure::calls
