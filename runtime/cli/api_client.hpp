// A client of the HTTP API (docs/http-api.md) for the command line. One thread; calls block.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "base/percent.hpp"

namespace endure::cli {

using Json = nlohmann::ordered_json;

// Why a call gave no result.
struct ApiError {
  int status = 0;      // 0: no answer came; see `detail`
  std::string code;    // of the problem document; "unreachable" without an answer
  std::string detail;  // one sentence for a person
  std::string where;
  Json problem;  // the whole problem document, null where there is none
};

template <class T>
using ApiResult = tl::expected<T, ApiError>;

using Query = std::vector<std::pair<std::string, std::string>>;  // empty values are left out

class ApiClient {
 public:
  // `url`: "http://127.0.0.1:7450". `token`: sent as a bearer token unless empty.
  ApiClient(std::string url, std::string token);
  ~ApiClient();
  ApiClient(const ApiClient&) = delete;
  ApiClient& operator=(const ApiClient&) = delete;

  const std::string& url() const { return url_; }

  ApiResult<Json> get(const std::string& path, const Query& query = {});
  // The body as it came, for answers that are no JSON.
  ApiResult<std::string> get_text(const std::string& path);
  ApiResult<Json> post(const std::string& path, const Json& body = Json::object());
  ApiResult<Json> post_text(const std::string& path, const std::string& content_type,
                            const std::string& text);

 private:
  struct Http;  // keeps the heavy HTTP header in one source file
  std::string url_;
  std::unique_ptr<Http> http_;
};

// "/v1/workflows/{ns}/{id}" + rest
std::string workflow_path(const std::string& ns, const std::string& id,
                          const std::string& rest = {});

}  // namespace endure::cli
