// Sends requests with the credentials that a call's `authentication` asks for.
#pragma once

#include <functional>
#include <list>
#include <string>
#include <utility>

#include "runtime/calls/line.hpp"

namespace endure::calls {

// Tokens that were fetched, by the policy that fetched them. Memory only. For one thread.
class TokenCache {
 public:
  // Empty where there is none that is good at `now_ms`.
  std::string find(const std::string& key, std::int64_t now_ms) const;
  void put(const std::string& key, std::string token, std::int64_t until_ms);
  void drop(const std::string& key, const std::string& token);

 private:
  struct Entry {
    std::string key;
    std::string token;
    std::int64_t until_ms = 0;
  };
  std::list<Entry> entries_;  // oldest first
};

// Must outlive what it sends: `then` holds it.
class Authorizer : public std::enable_shared_from_this<Authorizer> {
 public:
  // `authentication` is null, or one of {basic, bearer, digest, oauth2, oidc}.
  Authorizer(Line& line, Json authentication)
      : line_(line), authentication_(std::move(authentication)) {}

  // As line.send(). A token of oauth2 or oidc is taken from the cache, or fetched; where the
  // service answers 401, a fresh one is fetched and the request sent again, once.
  void send(Request request, Line::Then then, SendOptions options = {});

  // What an Authorization header says behind its scheme; null where there is no authentication, or
  // it is said anew with each request (digest).
  void parameter(std::function<void(Faulty<std::string>)> then);

 private:
  void with_token(std::function<void(Faulty<std::string>)> then);
  void fetch_token(const std::string& endpoint, std::function<void(Faulty<std::string>)> then);
  void send_with_token(Request request, Line::Then then, SendOptions options, bool again);
  bool fetches() const;  // oauth2 or oidc
  const Json& policy() const { return authentication_.begin().value(); }
  std::string key() const { return authentication_.dump(); }

  Line& line_;
  Json authentication_;
};

}  // namespace endure::calls
