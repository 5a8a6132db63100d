// JSON-RPC 2.0 as MCP and A2A speak it. Pure.
#pragma once

#include <optional>
#include <string>

#include "runtime/calls/line.hpp"

namespace endure::calls {

Json rpc_request(int id, const std::string& method, const Json& parameters);
Json rpc_notification(const std::string& method);

// Whether `message` answers the request `id`.
bool answers(const Json& message, int id);
// Its result, or a runtime fault from its error.
Faulty<Json> rpc_result(const Json& message, const std::string& method);

// A POST of `message`, which takes JSON and streams of events. `endpoint` is {uri}; Code::invalid.
Result<Request> rpc_post(const std::string& uri, const Json& message);

// The answer to `id` in a response that is JSON or a stream of events; nothing where it has none.
std::optional<Json> find_answer(const Response& response, int id);

}  // namespace endure::calls
