// `call: asyncapi` over HTTP: a message is published by a request; messages are consumed from a
// stream of events (SSE), or by asking again and again where the channel answers JSON.
#pragma once

#include <string>

#include "runtime/calls/asyncapi_document.hpp"
#include "runtime/calls/authorizer.hpp"
#include "runtime/calls/document.hpp"
#include "runtime/calls/line.hpp"
#include "runtime/calls/sse.hpp"

namespace endure::calls {

// {document, channel or operation, server, protocol, authentication}, and one of
// {message: {payload, headers}} and {subscription: {cursor, deadline, amount}}.
//
// The result of a subscription is {messages, cursor, closed}: at least one message, or none where
// the deadline (ms since 1970) or the longest time for a stream has come. `amount` is how many are
// wanted at most; without it, the first that come are given.
class AsyncapiCall final : public Call {
 public:
  AsyncapiCall(Line& line, Json arguments) : line_(line), arguments_(std::move(arguments)) {}
  void begin() override;

 private:
  void publish();
  void fetch();
  void on_fetched(const Request& sent, Reply reply);
  bool take(std::string_view bytes);  // of a stream; false: enough
  void add(Json payload, Json headers);
  void end_batch();
  bool has_enough() const;
  std::int64_t left_ms() const { return until_ms_ - line_.steady_ms(); }

  Line& line_;
  Json arguments_;
  AsyncOperation operation_;
  std::size_t wanted_ = 0;  // 0: the first that come
  bool to_deadline_ = false;
  std::int64_t until_ms_ = 0;  // by the steady clock
  SseParser events_;
  Json messages_ = Json::array();
  std::size_t bytes_ = 0;
  std::string cursor_;
};

}  // namespace endure::calls
