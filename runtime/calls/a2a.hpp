// `call: a2a`: a method of an agent, by JSON-RPC over HTTP (Agent2Agent protocol).
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "runtime/calls/authorizer.hpp"
#include "runtime/calls/document.hpp"
#include "runtime/calls/line.hpp"
#include "runtime/calls/sse.hpp"

namespace endure::calls {

// {method, parameters, and agentCard or server: {uri, authentication}}
class A2aCall final : public Call {
 public:
  A2aCall(Line& line, Json arguments) : line_(line), arguments_(std::move(arguments)) {}
  void begin() override;

 private:
  void call(const std::string& uri, const Json& authentication);
  bool take(std::string_view bytes);  // of a stream; false: it is over
  void finish(const Request& sent, Reply reply);

  Line& line_;
  Json arguments_;
  std::string method_;
  bool streams_ = false;
  SseParser events_;
  Json results_ = Json::array();
  std::size_t stream_bytes_ = 0;
  std::optional<Fault> fault_;
};

// `parameters` with the members that the language fills in: messageId, a UUID that is the same for
// every attempt of the step, and role. Pure.
Json with_message_defaults(Json parameters, const std::string& idempotency_key);

// Where an agent's card says that it speaks JSON-RPC; empty where it does not. Pure.
std::string agent_url(const Json& card, const std::string& card_uri);

}  // namespace endure::calls
