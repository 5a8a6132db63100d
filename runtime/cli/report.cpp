#include "runtime/cli/report.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <istream>
#include <iterator>
#include <ostream>
#include <thread>

#include "runtime/cli/text.hpp"
#include "workflow/json_numbers.hpp"
#include "workflow/json_reason.hpp"

namespace endure::cli {
namespace {

constexpr const char* default_url = "http://127.0.0.1:7450";

std::string variable(const Context& context, const std::string& name) {
  const auto found = context.environment.find(name);
  return found == context.environment.end() ? std::string() : found->second;
}

Result<std::string> url_from_folder(const std::filesystem::path& folder) {
  std::ifstream in(folder / "node.json");
  const Json json = Json::parse(in, nullptr, false);
  const std::string url = text_of(json, "http");
  if (url.empty()) {
    return fail(Code::not_found, folder.string() +
                                     " holds no node.json of a running node; start one with "
                                     "`endure dev --data " +
                                     folder.string() + "`");
  }
  return url;
}

std::string next_step(const ApiError& error) {
  if (error.status == 0) return "start a node with `endure dev`, or name one with --node URL";
  if (error.status == 401 || error.code == "unauthorized") {
    return "give the node's token with --token, or in the variable ENDURE_TOKEN";
  }
  if (error.code == "retry_later")
    return "try again in a moment; `endure doctor` says what is stuck";
  if (error.code == "full") return "`endure stats` shows what is full";
  if (error.code == "corrupt") return "stop the node and run `endure verify --data DIR`";
  if (error.code == "not_found")
    return "`endure list`, `endure queue list` or `endure dead list` show what there is";
  return {};
}

}  // namespace

std::string node_option(const Context& context) {
  return context.node.empty() ? variable(context, "ENDURE_NODE") : context.node;
}

Result<std::string> node_url(const Context& context) {
  std::string node = node_option(context);
  if (node.empty()) return default_url;
  if (node.starts_with("http://") || node.starts_with("https://")) {
    while (node.ends_with('/')) node.pop_back();
    return node;
  }
  std::error_code ignored;
  if (std::filesystem::is_directory(node, ignored)) return url_from_folder(node);
  if (node.find('/') == node.npos && node.find(':') != node.npos) return "http://" + node;
  return fail(Code::invalid,
              "'" + node + "' is neither a URL, a host:port nor a node's data folder", "--node");
}

ApiClient connect(Context& context) {
  const Result<std::string> url = node_url(context);
  if (!url) throw ExitWith{report(context, url.error())};
  return {*url, context.token.empty() ? variable(context, "ENDURE_TOKEN") : context.token};
}

int report(Context& context, int code, const std::string& what, const std::string& next) {
  context.err << "endure: " << one_line(what, 2'000) << '\n';
  if (!next.empty()) context.err << "  next: " << next << '\n';
  return code;
}

int report(Context& context, const Error& error) {
  const std::string where = error.where.empty() ? "" : error.where + ": ";
  return report(context, exit_code_of(error.code), where + error.what);
}

int report(Context& context, const ApiError& error) {
  const int code = error.status == 0 ? exit_unreachable : exit_code_of(error.code);
  if (context.json && !error.problem.is_null()) {
    context.err << error.problem.dump() << '\n';
    return code;
  }
  report(context, code, error.detail + (error.where.empty() ? "" : " (" + error.where + ")"));
  for (const Json& problem : items_of(error.problem, "errors")) {
    const std::string line = text_of(problem, "line");
    context.err << "  " << (line.empty() || line == "0" ? "" : "line " + line + ", ")
                << one_line(text_of(problem, "pointer")) << ": "
                << one_line(text_of(problem, "detail"), 2'000) << '\n';
  }
  const std::string next = next_step(error);
  if (!next.empty()) context.err << "  next: " << next << '\n';
  return code;
}

bool pause_for_restart(Context& context, const ApiError& error, int attempt) {
  constexpr int most_attempts = 60;
  constexpr auto pause = std::chrono::milliseconds(500);
  // Right after its start a node says that it is not ready yet.
  const bool away = error.status == 0 || error.status == 503;
  if (!away || attempt >= most_attempts) return false;
  if (attempt == 0) context.err << "the node does not answer; waiting for it\n" << std::flush;
  std::this_thread::sleep_for(pause);
  return true;
}

void tell_missing(Context& context, const Json& answer) {
  if (!answer.is_object() || !answer.contains("missing")) return;
  for (const Json& part : items_of(answer, "missing")) {
    context.err << "endure: without the node " << text_of(part, "node") << ": "
                << one_line(text_of(part, "reason"), 200) << '\n';
  }
}

void print_json(Context& context, const Json& json) {
  context.out << json.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

std::string file_text(Context& context, const std::string& path) {
  if (path == "-") return {std::istreambuf_iterator<char>(context.in), {}};
  std::error_code ignored;
  std::ifstream in(path, std::ios::binary);
  if (!in.is_open() || std::filesystem::is_directory(path, ignored)) {
    throw ExitWith{report(context, exit_usage, path + " cannot be read",
                          "does the file exist, and may it be read?")};
  }
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string argument_text(Context& context, const std::string& argument) {
  if (argument == "-") return file_text(context, "-");
  return argument.starts_with('@') ? file_text(context, argument.substr(1)) : argument;
}

Json argument_json(Context& context, const std::string& option, const std::string& argument) {
  const std::string text = argument_text(context, argument);
  if (const auto number = workflow::inexact_integer(text)) {
    throw ExitWith{report(context, exit_usage,
                          option + " holds the integer " + std::string(number->substr(0, 40)) +
                              " of more than 64 bits, which would be changed",
                          "pass it as text")};
  }
  try {
    return Json::parse(text);
  } catch (const Json::exception& e) {  // of several kinds: a number may be too large
    throw ExitWith{report(context, exit_usage, option + " is not JSON: " + workflow::json_reason(e),
                          "write JSON, such as '{\"a\": 1}', @FILE, or - for standard input")};
  }
}

std::pair<std::string, std::string> split_name(const std::string& name,
                                               const std::string& fallback) {
  const auto slash = name.find('/');
  if (slash == name.npos) return {fallback, name};
  return {name.substr(0, slash), name.substr(slash + 1)};
}

}  // namespace endure::cli
