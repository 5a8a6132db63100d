#include "runtime/calls/a2a.hpp"

#include "base/sha256.hpp"
#include "runtime/calls/json_rpc.hpp"
#include "runtime/calls/openapi.hpp"
#include "runtime/http/json.hpp"

namespace endure::calls {

namespace {

constexpr int request_id = 1;
constexpr std::size_t max_depth = 128;

// The hash of the key in the form of a UUID (version 8: made as its maker likes).
std::string uuid_of(const std::string& key) {
  std::string digits = hex(sha256(key), 16);
  digits[12] = '8';
  digits[16] = "89ab"[static_cast<unsigned>(digits[16]) % 4];
  for (const std::size_t at : {8U, 13U, 18U, 23U}) digits.insert(at, "-");
  return digits;
}

std::string text_of(const Json& object, const char* key) {
  return object.is_object() && object.contains(key) && object[key].is_string()
             ? object[key].get<std::string>()
             : std::string();
}

std::string origin_of(const std::string& uri) {
  const auto scheme = uri.find("://");
  return scheme == std::string::npos ? uri : uri.substr(0, uri.find_first_of("/?#", scheme + 3));
}

}  // namespace

Json with_message_defaults(Json parameters, const std::string& idempotency_key) {
  if (!parameters.is_object()) parameters = Json::object();
  auto& message = parameters["message"];
  if (message.is_null()) message = Json::object();
  if (!message.is_object()) return parameters;
  if (message.value("messageId", Json()).is_null()) message["messageId"] = uuid_of(idempotency_key);
  if (message.value("role", Json()).is_null()) message["role"] = "user";
  return parameters;
}

std::string agent_url(const Json& card, const std::string& card_uri) {
  const auto speaks = [](const std::string& transport) {
    return transport.empty() || transport == "JSONRPC";
  };
  std::string url;
  if (speaks(text_of(card, "preferredTransport"))) url = text_of(card, "url");
  for (const char* list : {"additionalInterfaces", "supportedInterfaces"}) {
    const Json interfaces = card.is_object() ? card.value(list, Json()) : Json();
    for (const auto& one : interfaces.is_array() ? interfaces : Json::array()) {
      const auto binding = text_of(one, "protocolBinding");
      const auto transport = binding.empty() ? text_of(one, "transport") : binding;
      if (url.empty() && transport == "JSONRPC") url = text_of(one, "url");
    }
  }
  return url.empty() ? url : resolved_uri(card_uri, url);
}

void A2aCall::begin() {
  method_ = text_of(arguments_, "method");
  streams_ = method_ == "message/stream" || method_ == "tasks/resubscribe";
  if (arguments_.contains("server")) {
    const Json& server = arguments_["server"];
    return call(server.value("uri", ""), server.value("authentication", Json()));
  }
  const Json card = arguments_.value("agentCard", Json::object());
  fetch_document(line_, card, "The agent's card", [this, card](Faulty<Document> document) {
    if (!document) return line_.end(tl::make_unexpected(std::move(document).error()));
    const auto card_uri = card.value("uri", "");
    const auto url = agent_url(**document, card_uri);
    if (url.empty()) {
      return line_.end(
          tl::make_unexpected(configuration("the agent's card names no URL that speaks JSONRPC")));
    }
    // Credentials that were meant for one host are not shown to another.
    const bool same = origin_of(url) == origin_of(card_uri);
    call(url, same ? card.value("authentication", Json()) : Json());
  });
}

void A2aCall::call(const std::string& uri, const Json& authentication) {
  Json parameters = arguments_.value("parameters", Json());
  if (method_ == "message/send" || method_ == "message/stream") {
    parameters = with_message_defaults(std::move(parameters), line_.idempotency_key());
  }
  auto request = rpc_post(uri, rpc_request(request_id, method_, parameters));
  if (!request) {
    return line_.end(tl::make_unexpected(http_call::configuration_fault(request.error())));
  }
  SendOptions options;
  if (streams_) {
    options.timeout_ms = line_.stream_timeout_ms();
    options.on_bytes = [this](std::string_view bytes) { return take(bytes); };
  }
  const Request sent = *request;
  std::make_shared<Authorizer>(line_, authentication)
      ->send(
          std::move(*request), [this, sent](Reply reply) { finish(sent, std::move(reply)); },
          std::move(options));
}

// One JSON-RPC answer an event, until the agent says that this was the last one.
bool A2aCall::take(std::string_view bytes) {
  stream_bytes_ += bytes.size();
  if (stream_bytes_ > line_.max_response_bytes()) {
    fault_ =
        http_call::communication_fault(502, "Response too large",
                                       method_ + ": the stream has more than " +
                                           std::to_string(line_.max_response_bytes()) + " bytes");
    return false;
  }
  for (const auto& event : events_.take(bytes)) {
    const auto message = http::parse_json(event.data, max_depth);
    if (!message || !message->is_object()) continue;
    auto result = rpc_result(*message, method_);
    if (!result) {
      fault_ = std::move(result).error();
      return false;
    }
    const bool last = result->is_object() && result->value("final", Json()) == true;
    results_.push_back(std::move(*result));
    if (last) return false;
  }
  return true;
}

void A2aCall::finish(const Request& sent, Reply reply) {
  if (fault_) return line_.end(tl::make_unexpected(*fault_));
  if (!reply) return line_.end(tl::make_unexpected(std::move(reply).error()));
  const auto type = reply->headers.find("content-type");
  const bool stream = type != reply->headers.end() && type->second.starts_with("text/event-stream");
  if (streams_ && stream && reply->status / 100 == 2) {
    take("\n\n");
    if (fault_) return line_.end(tl::make_unexpected(*fault_));
    return line_.end(workflow::Value(std::move(results_)));
  }
  const auto answer = find_answer(*reply, request_id);
  if (answer) {
    auto result = rpc_result(*answer, method_);
    if (!result) return line_.end(tl::make_unexpected(std::move(result).error()));
    return line_.end(workflow::Value(streams_ ? Json::array({*result}) : *std::move(result)));
  }
  if (reply->status < 200 || reply->status > 299) {
    return line_.end(tl::make_unexpected(http_call::status_fault(sent, *reply)));
  }
  line_.end(tl::make_unexpected(http_call::communication_fault(
      502, "Malformed response",
      "POST " + http_call::shown_uri(sent.uri) + ": the agent's answer has no result")));
}

}  // namespace endure::calls
