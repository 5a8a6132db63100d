#include "runtime/resource_reader.hpp"

#include <curl/curl.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string_view>

namespace endure::runtime {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view file_scheme = "file://";
constexpr long max_redirects = 5;

std::string too_large(std::size_t max_bytes) {
  return "it has more than " + std::to_string(max_bytes) +
         " bytes; `resources.max_size` is the limit";
}

// `%20` and the like.
std::string unescaped(std::string_view text) {
  int size = 0;
  const std::unique_ptr<char, decltype(&curl_free)> plain(
      curl_easy_unescape(nullptr, text.data(), static_cast<int>(text.size()), &size), &curl_free);
  return plain ? std::string(plain.get(), static_cast<std::size_t>(size)) : std::string(text);
}

bool is_below(const fs::path& path, const fs::path& folder) {
  auto at = path.begin();
  for (const auto& part : folder) {
    if (part.empty()) continue;  // a slash at its end
    if (at == path.end() || *at != part) return false;
    ++at;
  }
  return at != path.end();
}

struct Download {
  std::string body;
  std::size_t max_bytes = 0;
  bool too_large = false;
};

std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* self) {
  auto& download = *static_cast<Download*>(self);
  const std::size_t n = size * count;
  if (download.body.size() + n > download.max_bytes) {
    download.too_large = true;
    return 0;  // ends the transfer
  }
  download.body.append(bytes, n);
  return n;
}

}  // namespace

Result<std::string> ResourceReader::fetch(const workflow::ResourceRequest& request) {
  const std::string_view uri = request.uri;
  if (uri.starts_with(workflow::default_catalog)) {
    if (config_.catalog.empty()) return fail(Code::not_found, "this node has no catalog");
    return read_below(config_.catalog,
                      std::string(uri.substr(std::string_view(workflow::default_catalog).size())));
  }
  if (uri.starts_with(file_scheme)) {
    if (config_.folder.empty()) {
      return fail(Code::invalid,
                  "this node reads no files; `resources.folder` says below which folder it may");
    }
    return read_below(config_.folder, unescaped(uri.substr(file_scheme.size())));
  }
  if (!config_.fetch) {
    return fail(Code::invalid,
                "this node fetches nothing over the network; `resources.fetch: true` allows it");
  }
  return read_web(request);
}

Result<std::string> ResourceReader::read_below(const std::string& folder,
                                               const std::string& path) const {
  std::error_code error;
  const fs::path root = fs::canonical(folder, error);
  if (error) return fail(Code::io, "the folder " + folder + ": " + error.message());
  // An absolute path may already name the folder; every other is taken within it.
  fs::path wanted = fs::path(path).lexically_normal();
  if (!is_below(wanted, root)) wanted = root / fs::path(path).relative_path();
  const fs::path file = fs::canonical(wanted, error);
  if (error) return fail(Code::not_found, "there is no such file below " + folder);
  if (!is_below(file, root)) return fail(Code::invalid, "it lies outside of " + folder);
  if (!fs::is_regular_file(file, error)) return fail(Code::not_found, "it is no file");
  if (fs::file_size(file, error) > config_.max_bytes || error) {
    return fail(Code::invalid, too_large(config_.max_bytes));
  }
  std::ifstream stream(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream.good() && !stream.eof()) return fail(Code::io, "it cannot be read");
  if (text.size() > config_.max_bytes) return fail(Code::invalid, too_large(config_.max_bytes));
  return text;
}

Result<std::string> ResourceReader::read_web(const workflow::ResourceRequest& request) const {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle(curl_easy_init(),
                                                                   &curl_easy_cleanup);
  using List = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;
  CURL* h = handle.get();
  Download download;
  download.max_bytes = config_.max_bytes;
  char error[CURL_ERROR_SIZE] = {};
  curl_slist* list = nullptr;
  if (!request.authorization.empty()) {
    list = curl_slist_append(list, ("Authorization: " + request.authorization).c_str());
  }
  const List headers(list, &curl_slist_free_all);
  List connect_to(nullptr, &curl_slist_free_all);
  for (const auto& connection : config_.connect_to) {
    connect_to.reset(curl_slist_append(connect_to.release(), connection.c_str()));
  }
  curl_easy_setopt(h, CURLOPT_URL, request.uri.c_str());
  if (connect_to != nullptr) curl_easy_setopt(h, CURLOPT_CONNECT_TO, connect_to.get());
  if (!config_.ca_file.empty()) curl_easy_setopt(h, CURLOPT_CAINFO, config_.ca_file.c_str());
  curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(h, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  // With credentials, nothing is followed: a header of ours would go along to another host.
  curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, list == nullptr ? 1L : 0L);
  curl_easy_setopt(h, CURLOPT_MAXREDIRS, max_redirects);
  curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, static_cast<long>(config_.timeout_ms));
  curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(h, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(h, CURLOPT_USERAGENT, "endure");
  curl_easy_setopt(h, CURLOPT_HTTPHEADER, list);
  curl_easy_setopt(h, CURLOPT_ERRORBUFFER, error);
  curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(h, CURLOPT_WRITEDATA, &download);

  const CURLcode code = curl_easy_perform(h);
  if (download.too_large) return fail(Code::invalid, too_large(config_.max_bytes));
  if (code != CURLE_OK) {
    return fail(Code::io, error[0] != '\0' ? error : curl_easy_strerror(code));
  }
  long status = 0;
  curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
  if (status < 200 || status > 299) {
    return fail(status == 404 ? Code::not_found : Code::io,
                "the answer has the status " + std::to_string(status));
  }
  return std::move(download.body);
}

}  // namespace endure::runtime
