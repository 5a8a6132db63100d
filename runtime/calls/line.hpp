// What a call of the node has to speak to the world with. All of it on the caller's one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "runtime/http_call/response.hpp"
#include "runtime/http_call/transfer.hpp"
#include "workflow/value.hpp"

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
  std::int64_t timeout_ms = 0;         // 0: as configured; never longer than that
};

class Line {
 public:
  virtual ~Line() = default;

  using Then = std::function<void(Reply)>;
  // One request at a time; `then` is called on the caller's thread, never from within send(). It is
  // not called when the call is given up meanwhile.
  virtual void send(Request request, Then then, SendOptions options) = 0;
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
  virtual std::int64_t timeout_ms() const = 0;
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
