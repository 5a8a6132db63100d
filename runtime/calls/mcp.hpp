// `call: mcp`: the Model Context Protocol, over HTTP (streamable) or with a program's stdin and
// stdout. Each call is a session of its own: initialize, the method, and the end of the session.
#pragma once

#include <memory>
#include <string>

#include "runtime/calls/authorizer.hpp"
#include "runtime/calls/line.hpp"

namespace endure::calls {

// {method, parameters, protocolVersion, timeout, client, endpoint and headers, or stdio}
class McpCall final : public Call {
 public:
  McpCall(Line& line, Json arguments) : line_(line), arguments_(std::move(arguments)) {}
  void begin() override;

 private:
  void post(const Json& message, Line::Then then);
  void tell_initialized();
  void call_method();
  void over_http();
  void over_stdio();
  void on_line(const std::string& text);
  void on_reply(Reply reply, int id, std::function<void(const Json&)> then);
  void finish(Outcome outcome);
  bool agreed(const Json& answer);  // on a version of the protocol; else the call ends
  std::int64_t left_ms() const { return deadline_ms_ - line_.steady_ms(); }
  Outcome timed_out() const;
  Json initialize_message() const;

  Line& line_;
  Json arguments_;
  std::string method_;
  std::string version_;  // of the protocol, as agreed
  std::string session_;  // HTTP: what the server calls it
  std::shared_ptr<Authorizer> authorizer_;
  std::int64_t deadline_ms_ = 0;
  bool initialized_ = false;  // stdio
  bool ending_ = false;
  Outcome outcome_;
};

}  // namespace endure::calls
