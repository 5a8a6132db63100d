#include "runtime/calls/mcp.hpp"

#include <algorithm>
#include <array>

#include "runtime/calls/json_rpc.hpp"
#include "runtime/http/json.hpp"
#include "runtime/version.hpp"
#include "workflow/definition.hpp"

namespace endure::calls {

namespace {

constexpr const char* default_version = "2025-06-18";
constexpr std::array<std::string_view, 4> known_versions = {"2024-11-05", "2025-03-26",
                                                            "2025-06-18", "2025-11-25"};
constexpr int initialize_id = 1;
constexpr int method_id = 2;
constexpr std::size_t max_depth = 128;
constexpr std::int64_t farewell_ms = 500;  // for a program to end by itself
constexpr const char* timeout_error =
    "https://open-workflow-specification.org/spec/1.0.0/errors/timeout";

std::string text_of(const Json& object, const char* key) {
  return object.is_object() && object.contains(key) && object[key].is_primitive() &&
                 !object[key].is_null()
             ? http_call::scalar_text(object[key])
             : std::string();
}

}  // namespace

Outcome McpCall::timed_out() const {
  return tl::make_unexpected(
      Fault{timeout_error, 408, "Timed out", method_ + " did not end in time", ""});
}

Json McpCall::initialize_message() const {
  Json client = arguments_.value("client", Json());
  if (!client.is_object()) client = {{"name", "endure"}, {"version", version()}};
  return rpc_request(initialize_id, "initialize",
                     {{"protocolVersion", version_},
                      {"capabilities", Json::object()},
                      {"clientInfo", std::move(client)}});
}

void McpCall::begin() {
  method_ = text_of(arguments_, "method");
  version_ = text_of(arguments_, "protocolVersion");
  if (version_.empty()) version_ = default_version;
  const bool stdio = arguments_.contains("stdio");
  std::int64_t time_ms = line_.timeout_ms();
  if (arguments_.contains("timeout")) {
    const auto given = workflow::duration_ms(arguments_["timeout"], "timeout");
    if (!given || *given <= 0) {
      return line_.end(tl::make_unexpected(
          configuration("timeout: " + (given ? "must be more than 0" : given.error().what))));
    }
    time_ms = std::min(*given, line_.stream_timeout_ms());
  }
  deadline_ms_ = line_.steady_ms() + time_ms;
  if (stdio) return over_stdio();
  over_http();
}

bool McpCall::agreed(const Json& answer) {
  const auto result = rpc_result(answer, "initialize");
  if (!result) {
    finish(tl::make_unexpected(result.error()));
    return false;
  }
  const auto offered = text_of(*result, "protocolVersion");
  const bool known =
      std::find(known_versions.begin(), known_versions.end(), offered) != known_versions.end();
  if (offered.empty() || (offered != version_ && !known)) {
    finish(tl::make_unexpected(http_call::runtime_fault(
        "No common protocol version",
        "the MCP server speaks version '" + offered + "', which is not known here")));
    return false;
  }
  version_ = offered;
  return true;
}

// -- HTTP ---------------------------------------------------------------------

void McpCall::post(const Json& message, Line::Then then) {
  const Json endpoint = arguments_.value("endpoint", Json::object());
  auto request = rpc_post(endpoint.value("uri", ""), message);
  if (!request) {
    return line_.end(tl::make_unexpected(http_call::configuration_fault(request.error())));
  }
  Json headers = arguments_.value("headers", Json::object());
  if (!headers.is_object()) headers = Json::object();
  for (const auto& [name, value] : headers.items()) {
    if (auto set = http_call::set_header(*request, name, http_call::scalar_text(value)); !set) {
      return line_.end(tl::make_unexpected(http_call::configuration_fault(set.error())));
    }
  }
  if (!session_.empty()) (void)http_call::set_header(*request, "Mcp-Session-Id", session_);
  if (message.value("method", "") != "initialize") {
    (void)http_call::set_header(*request, "MCP-Protocol-Version", version_);
  }
  if (left_ms() <= 0) return line_.end(timed_out());
  SendOptions options;
  options.timeout_ms = left_ms();
  authorizer_->send(std::move(*request), std::move(then), std::move(options));
}

void McpCall::on_reply(Reply reply, int id, std::function<void(const Json&)> then) {
  if (!reply) {
    if (left_ms() <= 0) return finish(timed_out());
    return finish(tl::make_unexpected(std::move(reply).error()));
  }
  Request shown;
  shown.method = "POST";
  shown.uri = arguments_["endpoint"].value("uri", "");
  const auto answer = find_answer(*reply, id);
  if (answer) return then(*answer);
  if (reply->status < 200 || reply->status > 299) {
    return finish(tl::make_unexpected(http_call::status_fault(shown, *reply)));
  }
  finish(tl::make_unexpected(http_call::communication_fault(
      502, "Malformed response",
      "POST " + http_call::shown_uri(shown.uri) + ": the MCP server's answer has no result")));
}

void McpCall::over_http() {
  const Json endpoint = arguments_.value("endpoint", Json::object());
  authorizer_ = std::make_shared<Authorizer>(line_, endpoint.value("authentication", Json()));
  post(initialize_message(), [this](Reply reply) {
    if (reply) {
      const auto session = reply->headers.find("mcp-session-id");
      if (session != reply->headers.end()) session_ = session->second;
    }
    on_reply(std::move(reply), initialize_id, [this](const Json& answer) {
      if (agreed(answer)) tell_initialized();
    });
  });
}

void McpCall::tell_initialized() {
  post(rpc_notification("notifications/initialized"), [this](Reply reply) {
    if (!reply) return finish(tl::make_unexpected(std::move(reply).error()));
    if (reply->status >= 200 && reply->status <= 299) return call_method();
    Request shown;
    shown.method = "POST";
    shown.uri = arguments_["endpoint"].value("uri", "");
    finish(tl::make_unexpected(http_call::status_fault(shown, *reply)));
  });
}

void McpCall::call_method() {
  post(rpc_request(method_id, method_, arguments_.value("parameters", Json::object())),
       [this](Reply reply) {
         on_reply(std::move(reply), method_id, [this](const Json& answer) {
           auto result = rpc_result(answer, method_);
           if (!result) return finish(tl::make_unexpected(std::move(result).error()));
           finish(workflow::Value(std::move(*result)));
         });
       });
}

// The session's end is told, but nothing depends on it.
void McpCall::finish(Outcome outcome) {
  if (arguments_.contains("stdio")) {
    if (ending_) return;
    ending_ = true;
    outcome_ = std::move(outcome);
    line_.close_input();
    return line_.later(farewell_ms, [this] { line_.end(outcome_); });
  }
  if (session_.empty()) return line_.end(std::move(outcome));
  auto request = http_call::read_request(
      {{"method", "DELETE"}, {"uri", arguments_["endpoint"].value("uri", "")}}, "");
  if (!request) return line_.end(std::move(outcome));
  (void)http_call::set_header(*request, "Mcp-Session-Id", session_);
  (void)http_call::set_header(*request, "MCP-Protocol-Version", version_);
  session_.clear();
  SendOptions options;
  options.timeout_ms = farewell_ms;
  authorizer_->send(
      std::move(*request), [this, outcome](Reply) { line_.end(outcome); }, std::move(options));
}

// -- a program ----------------------------------------------------------------

void McpCall::over_stdio() {
  const Json& stdio = arguments_["stdio"];
  Program program;
  program.argv.push_back(text_of(stdio, "command"));
  const Json given = stdio.value("arguments", Json::array());
  for (const auto& argument : given.is_array() ? given : Json::array()) {
    program.argv.push_back(http_call::scalar_text(argument));
  }
  const Json environment = stdio.value("environment", Json::object());
  if (environment.is_object()) {
    for (const auto& [name, value] : environment.items()) {
      program.environment.push_back(name + "=" + http_call::scalar_text(value));
    }
  }
  program.max_output_bytes = line_.max_response_bytes();
  if (program.argv.front().empty()) {
    return line_.end(tl::make_unexpected(configuration("stdio.command: no program is named")));
  }
  auto started = line_.start_program(
      program, [this](const std::string& text) { on_line(text); },
      [this](const std::string& why) {
        if (ending_) return line_.end(outcome_);
        line_.end(tl::make_unexpected(
            http_call::communication_fault(503, "The MCP server ended", "the program " + why)));
      });
  if (!started) {
    return line_.end(tl::make_unexpected(configuration(started.error().what)));
  }
  line_.later(left_ms(), [this] { finish(timed_out()); });
  line_.write_line(http::dump(initialize_message()));
}

void McpCall::on_line(const std::string& text) {
  if (ending_) return;
  const auto message = http::parse_json(text, max_depth);
  if (!message || !message->is_object()) return;  // what a server logs to stdout is none of ours
  if (message->contains("method")) {
    if (!message->contains("id")) return;  // a notification
    Json answer{{"jsonrpc", "2.0"}, {"id", (*message)["id"]}};
    if ((*message)["method"] == "ping") {
      answer["result"] = Json::object();
    } else {
      answer["error"] = {{"code", -32601}, {"message", "the client has no such method"}};
    }
    return line_.write_line(http::dump(answer));
  }
  if (!initialized_ && answers(*message, initialize_id)) {
    if (!agreed(*message)) return;
    initialized_ = true;
    line_.write_line(http::dump(rpc_notification("notifications/initialized")));
    line_.write_line(http::dump(
        rpc_request(method_id, method_, arguments_.value("parameters", Json::object()))));
  } else if (answers(*message, method_id)) {
    auto result = rpc_result(*message, method_);
    if (!result) return finish(tl::make_unexpected(std::move(result).error()));
    finish(workflow::Value(std::move(*result)));
  }
}

}  // namespace endure::calls
