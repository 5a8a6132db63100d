#include "runtime/calls/authorizer.hpp"

#include <algorithm>
#include <memory>

#include "runtime/calls/document.hpp"
#include "runtime/calls/oauth.hpp"

namespace endure::calls {

namespace {

constexpr std::size_t most_tokens = 1'000;

}  // namespace

std::string TokenCache::find(const std::string& key, std::int64_t now_ms) const {
  for (const auto& entry : entries_) {
    if (entry.key == key && entry.until_ms > now_ms) return entry.token;
  }
  return {};
}

void TokenCache::put(const std::string& key, std::string token, std::int64_t until_ms) {
  entries_.remove_if([&](const Entry& entry) { return entry.key == key; });
  entries_.push_back({key, std::move(token), until_ms});
  if (entries_.size() > most_tokens) entries_.pop_front();
}

void TokenCache::drop(const std::string& key, const std::string& token) {
  entries_.remove_if([&](const Entry& entry) { return entry.key == key && entry.token == token; });
}

bool Authorizer::fetches() const {
  return authentication_.is_object() &&
         (authentication_.contains("oauth2") || authentication_.contains("oidc"));
}

void Authorizer::send(Request request, Line::Then then, SendOptions options) {
  if (fetches())
    return send_with_token(std::move(request), std::move(then), std::move(options), true);
  if (authentication_.is_object() && !authentication_.empty()) {
    if (auto added = http_call::add_credentials(authentication_, request); !added) {
      return then(tl::make_unexpected(http_call::configuration_fault(added.error())));
    }
  }
  line_.send(std::move(request), std::move(then), std::move(options));
}

void Authorizer::send_with_token(Request request, Line::Then then, SendOptions options,
                                 bool again) {
  with_token([self = shared_from_this(), request = std::move(request), then = std::move(then),
              options = std::move(options), again](Faulty<std::string> token) mutable {
    if (!token) return then(tl::make_unexpected(std::move(token).error()));
    Request with = request;
    if (auto set = http_call::set_header(with, "Authorization", "Bearer " + *token); !set) {
      return then(tl::make_unexpected(
          http_call::authentication_fault("the token that was fetched cannot be sent")));
    }
    SendOptions copy = options;
    self->line_.send(
        std::move(with),
        [self, request = std::move(request), then = std::move(then), options = std::move(options),
         again, token = *token](Reply reply) mutable {
          if (!again || !reply || reply->status != 401) return then(std::move(reply));
          self->line_.tokens().drop(self->key(), token);
          self->send_with_token(std::move(request), std::move(then), std::move(options), false);
        },
        std::move(copy));
  });
}

void Authorizer::parameter(std::function<void(Faulty<std::string>)> then) {
  if (fetches()) return with_token(std::move(then));
  if (!authentication_.is_object() || authentication_.contains("digest")) {
    return then(std::string());
  }
  Request request;
  if (auto added = http_call::add_credentials(authentication_, request); !added) {
    return then(tl::make_unexpected(http_call::configuration_fault(added.error())));
  }
  const auto& credentials = request.credentials;
  if (credentials.scheme == http_call::Credentials::Scheme::basic) {
    return then(http_call::base64(credentials.username + ":" + credentials.password));
  }
  constexpr std::size_t bearer = 7;  // "Bearer "
  then(request.headers.empty() ? std::string() : request.headers.front().second.substr(bearer));
}

void Authorizer::with_token(std::function<void(Faulty<std::string>)> then) {
  if (const auto known = line_.tokens().find(key(), line_.steady_ms()); !known.empty()) {
    line_.hide(known);
    return then(known);
  }
  if (!policy().is_object() || !policy().value("authority", Json()).is_string()) {
    return then(tl::make_unexpected(configuration("the authentication has no authority")));
  }
  if (authentication_.contains("oauth2")) return fetch_token(token_endpoint(policy()), then);
  const Json resource{{"uri", discovery_uri(policy())}};
  fetch_document(line_, resource, "The OpenID configuration",
                 [self = shared_from_this(), then = std::move(then)](Faulty<Document> document) {
                   if (!document) return then(tl::make_unexpected(std::move(document).error()));
                   const auto endpoint = (*document)->value("token_endpoint", Json());
                   if (!endpoint.is_string()) {
                     return then(tl::make_unexpected(
                         configuration("the OpenID configuration names no `token_endpoint`")));
                   }
                   self->fetch_token(endpoint.get<std::string>(), then);
                 });
}

void Authorizer::fetch_token(const std::string& endpoint,
                             std::function<void(Faulty<std::string>)> then) {
  auto request = token_request(policy(), endpoint, line_.now_ms() / 1000);
  if (!request) {
    return then(tl::make_unexpected(http_call::configuration_fault(request.error())));
  }
  const Request sent = *request;
  line_.send(std::move(*request),
             [self = shared_from_this(), sent, then = std::move(then)](Reply reply) {
               if (!reply) return then(tl::make_unexpected(std::move(reply).error()));
               auto token = read_token(self->policy(), sent, *reply);
               if (!token) return then(tl::make_unexpected(std::move(token).error()));
               self->line_.hide(token->text);
               if (token->lasts_ms > 0) {
                 self->line_.tokens().put(self->key(), token->text,
                                          self->line_.steady_ms() + token->lasts_ms);
               }
               then(token->text);
             },
             {});
}

}  // namespace endure::calls
