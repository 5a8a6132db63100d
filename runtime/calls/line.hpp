// What a call of the node has to speak to the world with. All of it on the caller's one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/http_call/response.hpp"
#include "runtime/http_call/transfer.hpp"
#include "workflow/value/value.hpp"

namespace endure::calls {

using http_call::OnBytes;
using http_call::Outcome;
using http_call::Reply;
using http_call::Request;
using http_call::Response;
using workflow::Fault;
using workflow::Json;

template <class T>
using Faulty = tl::expected<T, Fault>;

class DocumentCache;
class TokenCache;

struct SendOptions {
  OnBytes on_bytes;
  std::size_t max_response_bytes = 0;  // 0: as configured
  std::int64_t timeout_ms = 0;         // 0: as configured
};

// A program that a call speaks with, line by line.
struct Program {
  std::vector<std::string> argv;         // argv[0] is looked up in PATH
  std::vector<std::string> environment;  // "NAME=value"; of the node's own, only PATH and the like
  std::size_t max_output_bytes = 0;
};

class Line {
 public:
  virtual ~Line() = default;

  using Then = std::function<void(Reply)>;
  // One request at a time; `then` is called on the caller's thread, never from within send(). It is
  // not called when the call is given up meanwhile.
  virtual void send(Request request, Then then, SendOptions options) = 0;
  // Once, after so long; a second one takes the place of the first.
  virtual void later(std::int64_t ms, std::function<void()> then) = 0;
  // Starts the program; each line of its stdout comes to `on_line`. `on_end` says why there will be
  // no more of them. Both on the caller's thread, never from within start_program(). The program
  // and all that it started are killed with the call. Code::not_found, Code::io.
  virtual Result<void> start_program(const Program& program,
                                     std::function<void(const std::string&)> on_line,
                                     std::function<void(const std::string& why)> on_end) = 0;
  virtual void write_line(const std::string& line) = 0;
  virtual void close_input() = 0;
  // The call is over. What is secret is masked on the way.
  virtual void end(Outcome outcome) = 0;
  // Text that must not be told or stored (a token that was fetched).
  virtual void hide(const std::string& text) = 0;
  // `arguments` with `$authorization.parameter` in place.
  virtual Json with_authorization(const Json& arguments, const std::string& parameter) = 0;

  virtual const std::string& idempotency_key() const = 0;  // the same for every attempt
  virtual std::int64_t now_ms() const = 0;                 // since 1970, for what is told others
  virtual std::int64_t steady_ms() const = 0;
  virtual std::size_t max_document_bytes() const = 0;
  virtual std::int64_t timeout_ms() const = 0;         // of a request, as configured
  virtual std::int64_t stream_timeout_ms() const = 0;  // of a stream, as configured
  virtual std::size_t max_response_bytes() const = 0;
  virtual DocumentCache& documents() = 0;
  virtual TokenCache& tokens() = 0;
};

// One call, from its step's arguments to line.end(). Destroying it gives it up.
class Call {
 public:
  virtual ~Call() = default;
  virtual void begin() = 0;
};

// By the member `call` of the arguments; none is an HTTP call. The line outlives the call.
std::unique_ptr<Call> make_call(Line& line, Json arguments);

Fault configuration(std::string what);

}  // namespace endure::calls
