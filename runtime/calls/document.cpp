#include "runtime/calls/document.hpp"

#include "runtime/calls/authorizer.hpp"
#include "runtime/http/json.hpp"
#include "workflow/parse/document.hpp"

namespace endure::calls {

namespace {

constexpr std::size_t max_depth = 128;

}  // namespace

Document DocumentCache::find(const std::string& key, std::int64_t now_ms) {
  for (const auto& entry : entries_) {
    if (entry.key == key && entry.until_ms > now_ms) return entry.document;
  }
  return nullptr;
}

void DocumentCache::put(const std::string& key, Document document, std::size_t bytes,
                        std::int64_t now_ms) {
  if (max_age_ms_ == 0 || bytes > max_bytes_) return;
  entries_.push_back({key, std::move(document), bytes, now_ms + max_age_ms_});
  bytes_ += bytes;
  for (auto it = entries_.begin(); it != entries_.end();) {
    const bool replaced = it->key == key && &*it != &entries_.back();
    if (!replaced && it->until_ms > now_ms && bytes_ <= max_bytes_) {
      ++it;
      continue;
    }
    bytes_ -= it->bytes;
    it = entries_.erase(it);
  }
}

Result<Json> parse_document(const std::string& text, std::size_t max_bytes) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first != std::string::npos && text[first] == '{') return http::parse_json(text, max_depth);
  workflow::ParseLimits limits;
  limits.max_bytes = max_bytes;
  limits.max_depth = max_depth;
  auto document = workflow::parse::read_document(text, limits);
  if (!document) return fail(Code::invalid, to_string(document.error()));
  if (!document->json.is_object()) return fail(Code::invalid, "it is no object");
  return std::move(document->json);
}

void fetch_document(Line& line, const Json& resource, const std::string& what,
                    std::function<void(Faulty<Document>)> then) {
  const auto uri = resource.value("uri", std::string());
  const auto authentication = resource.value("authentication", Json());
  const std::string key = uri + '\n' + authentication.dump();
  if (auto known = line.documents().find(key, line.steady_ms())) return then(std::move(known));
  auto request = http_call::read_request({{"uri", uri}, {"redirect", true}}, "");
  if (!request) {
    return then(tl::make_unexpected(http_call::configuration_fault(request.error())));
  }
  request->headers.emplace_back("Accept", "application/json, application/yaml;q=0.9, */*;q=0.5");
  SendOptions options;
  options.max_response_bytes = line.max_document_bytes();
  auto authorizer = std::make_shared<Authorizer>(line, authentication);
  const Request sent = *request;
  authorizer->send(
      std::move(*request),
      [&line, key, what, sent, authorizer, then = std::move(then)](Reply reply) {
        if (!reply) return then(tl::make_unexpected(std::move(reply).error()));
        if (reply->status < 200 || reply->status > 299) {
          return then(tl::make_unexpected(http_call::status_fault(sent, *reply)));
        }
        auto parsed = parse_document(reply->body, line.max_document_bytes());
        if (!parsed) {
          return then(
              tl::make_unexpected(configuration(what + " at " + http_call::shown_uri(sent.uri) +
                                                " cannot be read: " + parsed.error().what)));
        }
        auto document = std::make_shared<const Json>(std::move(*parsed));
        line.documents().put(key, document, reply->body.size(), line.steady_ms());
        then(Document(std::move(document)));
      },
      std::move(options));
}

}  // namespace endure::calls
