#include "runtime/http_call/transfer.hpp"

#include <string_view>

namespace endure::http_call {

namespace {

constexpr std::size_t max_header_bytes = 256U << 10U;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

}  // namespace

Transfer::Transfer(Request request, TransferLimits limits, OnBytes on_bytes)
    : request_(std::move(request)),
      limits_(std::move(limits)),
      on_bytes_(std::move(on_bytes)),
      handle_(curl_easy_init(), &curl_easy_cleanup),
      headers_(nullptr, &curl_slist_free_all) {
  set_up();
}

void Transfer::set_up() {
  CURL* h = handle_.get();
  curl_easy_setopt(h, CURLOPT_URL, request_.uri.c_str());
  // Whatever the URI or a redirect says: no files, no mail, no other protocol.
  curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(h, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, request_.redirect ? 1L : 0L);
  curl_easy_setopt(h, CURLOPT_MAXREDIRS, limits_.max_redirects);
  curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits_.connect_timeout_ms));
  curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, static_cast<long>(limits_.timeout_ms));
  curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);  // signals belong to the process, not to a library
  curl_easy_setopt(h, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(h, CURLOPT_USERAGENT, "endure");
  curl_easy_setopt(h, CURLOPT_ERRORBUFFER, error_);
  curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  curl_easy_setopt(h, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  curl_easy_setopt(h, CURLOPT_HEADERDATA, this);
  if (const auto& credentials = request_.credentials;
      credentials.scheme != Credentials::Scheme::none) {
    const bool basic = credentials.scheme == Credentials::Scheme::basic;
    curl_easy_setopt(h, CURLOPT_HTTPAUTH, basic ? CURLAUTH_BASIC : CURLAUTH_DIGEST);
    curl_easy_setopt(h, CURLOPT_USERNAME, credentials.username.c_str());
    curl_easy_setopt(h, CURLOPT_PASSWORD, credentials.password.c_str());
  }
  if (limits_.connect_to != nullptr) curl_easy_setopt(h, CURLOPT_CONNECT_TO, limits_.connect_to);
  // The system's certificates stay trusted by their folder, which OpenSSL searches as well.
  if (!limits_.ca_file.empty()) curl_easy_setopt(h, CURLOPT_CAINFO, limits_.ca_file.c_str());
  set_body();
  curl_slist* list = nullptr;
  for (const auto& [name, value] : request_.headers) {
    // "Name;" is how libcurl is told to send a header without a value.
    const auto line = value.empty() ? name + ";" : name + ": " + value;
    list = curl_slist_append(list, line.c_str());
  }
  list = curl_slist_append(list, "Expect:");  // no second of waiting before a large body
  headers_.reset(list);
  curl_easy_setopt(h, CURLOPT_HTTPHEADER, list);
}

void Transfer::set_body() {
  CURL* h = handle_.get();
  if (request_.has_body) {
    curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    curl_easy_setopt(h, CURLOPT_POSTFIELDS, request_.body.c_str());
  } else if (request_.method == "HEAD") {
    curl_easy_setopt(h, CURLOPT_NOBODY, 1L);
  } else if (request_.method == "POST" || request_.method == "PUT" || request_.method == "PATCH") {
    curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t{0});
    curl_easy_setopt(h, CURLOPT_POSTFIELDS, "");
  }
  // A redirect of a POST becomes a GET as in every browser, unless the method is fixed.
  const bool plain = request_.method == (request_.has_body ? "POST" : "GET");
  if (!plain && request_.method != "HEAD") {
    curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  }
}

std::size_t Transfer::on_body(char* bytes, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const auto n = size * count;
  if (transfer.on_bytes_ && transfer.streams()) {
    if (transfer.on_bytes_({bytes, n})) return n;
    transfer.enough_ = true;
    return 0;  // ends the transfer
  }
  if (transfer.response_.body.size() + n > transfer.limits_.max_response_bytes) {
    transfer.too_large_ = true;
    return 0;  // ends the transfer
  }
  transfer.response_.body.append(bytes, n);
  return n;
}

std::size_t Transfer::on_header(char* bytes, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  auto& response = transfer.response_;
  const std::string_view line = trimmed({bytes, size * count});
  transfer.header_bytes_ += size * count;
  if (transfer.header_bytes_ > max_header_bytes) {
    transfer.too_large_ = true;
    return 0;
  }
  if (line.starts_with("HTTP/")) {
    response = {};  // of a redirect, or a 100: only the last response counts
    const auto after_version = line.find(' ');
    const auto after_status = line.find(' ', after_version + 1);
    if (after_version != std::string_view::npos && after_status != std::string_view::npos) {
      response.reason = trimmed(line.substr(after_status));
    }
    return size * count;
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return size * count;
  std::string name(line.substr(0, colon));
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  auto& value = response.headers[name];
  if (!value.empty()) value += ", ";
  value += trimmed(line.substr(colon + 1));
  return size * count;
}

workflow::Fault Transfer::failure(CURLcode code) const {
  const std::string call = request_.method + " " + shown_uri(request_.uri);
  if (too_large_) {
    return communication_fault(502, "Response too large",
                               call + ": the response has more than " +
                                   std::to_string(limits_.max_response_bytes) + " bytes");
  }
  const std::string reason = error_[0] != '\0' ? error_ : curl_easy_strerror(code);
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return communication_fault(504, "No response in time", call + ": " + reason);
    case CURLE_TOO_MANY_REDIRECTS:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_OUT_OF_MEMORY:  // what libcurl calls a header line beyond its limit
      return communication_fault(502, "Malformed response", call + ": " + reason);
    default: return communication_fault(503, "Not reached", call + ": " + reason);
  }
}

int Transfer::status() const {
  long status = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
  return static_cast<int>(status);
}

bool Transfer::streams() const {
  const auto type = response_.headers.find("content-type");
  return status() / 100 == 2 && type != response_.headers.end() &&
         type->second.starts_with("text/event-stream");
}

Reply Transfer::finish(CURLcode code) {
  if (code != CURLE_OK && !enough_) return tl::make_unexpected(failure(code));
  response_.status = status();
  return std::move(response_);
}

Outcome Transfer::outcome(CURLcode code) {
  auto reply = finish(code);
  if (!reply) return tl::make_unexpected(std::move(reply).error());
  return read_response(request_, *reply);
}

}  // namespace endure::http_call
