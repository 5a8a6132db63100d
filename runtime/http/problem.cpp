#include "runtime/http/problem.hpp"

#include "runtime/http/json.hpp"

namespace endure::http {

namespace {

std::string_view title_of(std::string_view code) {
  if (code == "not_found") return "Not found";
  if (code == "conflict") return "Conflict with the present state";
  if (code == "invalid") return "Invalid request";
  if (code == "retry_later") return "Not possible now";
  if (code == "full") return "A limit is reached";
  if (code == "corrupt") return "Stored data is damaged";
  if (code == "io") return "The machine failed";
  if (code == "too_large") return "Too large";
  if (code == "unauthorized") return "Not authorized";
  return "Error";
}

}  // namespace

int status_of(Code code) {
  switch (code) {
    case Code::not_found: return 404;
    case Code::conflict: return 409;
    case Code::invalid: return 400;
    case Code::retry_later: return 503;
    case Code::full: return 429;
    case Code::corrupt:
    case Code::io: return 500;
  }
  return 500;
}

namespace {

workflow::Json document_of(int status, std::string_view code, std::string_view detail,
                           std::string_view where, workflow::Json document) {
  document["type"] = "/problems/" + std::string(code);
  document["title"] = title_of(code);
  document["status"] = status;
  document["detail"] = detail;
  document["code"] = code;
  if (!where.empty()) document["where"] = where;
  return document;
}

}  // namespace

workflow::Json problem_document(const Error& error) {
  return problem_document(status_of(error.code), to_string(error.code), error.what, error.where);
}

workflow::Json problem_document(int status, std::string_view code, std::string_view detail,
                                std::string_view where) {
  return document_of(status, code, detail, where, workflow::Json::object());
}

Response problem(int status, std::string_view code, std::string_view detail, std::string_view where,
                 const workflow::Json& extra) {
  const workflow::Json document = document_of(status, code, detail, where,
                                              extra.is_object() ? extra : workflow::Json::object());
  Response response;
  response.status = status;
  response.content_type = "application/problem+json";
  response.body = dump(document);
  // Passing conditions say when to come back; a full volume or mailbox takes longer to drain.
  if (code == "retry_later") response.headers.emplace_back("Retry-After", "1");
  if (code == "full") response.headers.emplace_back("Retry-After", "10");
  return response;
}

Response problem(const Error& error, const workflow::Json& extra) {
  return problem(status_of(error.code), to_string(error.code), error.what, error.where, extra);
}

Response with_header(Response response, std::string name, std::string value) {
  response.headers.emplace_back(std::move(name), std::move(value));
  return response;
}

}  // namespace endure::http
