// OAuth 2 (RFC 6749, 7523, 8693) as the language's `oauth2` and `oidc` have it. Pure but for the
// random id of a client's assertion.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/calls/line.hpp"

namespace endure::calls {

std::string token_endpoint(const Json& policy);  // authority and endpoints.token
std::string discovery_uri(const Json& policy);   // authority/.well-known/openid-configuration

// The request for a token at `endpoint`. Code::invalid where the policy lacks what its grant needs.
Result<Request> token_request(const Json& policy, const std::string& endpoint, std::int64_t now_s);

struct Token {
  std::string text;
  std::int64_t lasts_ms = 0;  // with some time to spare; 0: use it once
};

// An authentication fault where the authority refused, or the issuer is none of `issuers`.
Faulty<Token> read_token(const Json& policy, const Request& request, const Response& response);

}  // namespace endure::calls
