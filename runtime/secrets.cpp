#include "runtime/secrets.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "base/percent.hpp"
#include "base/utf8.hpp"
#include "runtime/http/json.hpp"
#include "workflow/secret_placeholder.hpp"

namespace endure::runtime {

using workflow::Json;

namespace {

constexpr std::size_t shortest_masked = 4;
constexpr std::size_t largest_secret = 64U << 10U;
constexpr std::size_t max_depth = 16;
constexpr const char* hidden = "(hidden)";
constexpr std::string_view marker = "endure-secret.";
constexpr const char* key_file = "secret.key";
constexpr std::size_t key_bytes = 32;

void replace_all(std::string& text, const std::string& what, const std::string& by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
}

std::string scalar_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : http::dump(value);
}

// The environment variable of a secret: `my-secret` is PREFIX_MY_SECRET.
std::string variable_name(const std::string& prefix, std::string name) {
  for (char& c : name) {
    c = c == '-' || c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return prefix + name;
}

Result<Json> parse_value(std::string text, const std::string& name) {
  if (text.size() > largest_secret) {
    return fail(Code::io, "the secret '" + name + "' has more than 64 KiB");
  }
  if (!is_utf8(text)) return fail(Code::io, "the secret '" + name + "' is no UTF-8 text");
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first != std::string::npos && (text[first] == '{' || text[first] == '[')) {
    if (auto json = http::parse_json(text, max_depth)) return json;
  }
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return Json(std::move(text));
}

bool mentions_secret(const Json& json) {
  if (json.is_string()) {
    return json.get_ref<const std::string&>().find(marker) != std::string::npos;
  }
  return json.is_structured() && std::any_of(json.begin(), json.end(), mentions_secret);
}

}  // namespace

// -- masking ------------------------------------------------------------------

void SecretValues::add(const Json& value) {
  if (value.is_structured()) {
    for (const auto& item : value) add(item);
    return;
  }
  if (value.is_null() || value.is_boolean()) return;
  const std::string text = scalar_text(value);
  if (text.size() < shortest_masked) return;
  const std::string quoted = http::dump(Json(text));
  for (const auto& form : {text, percent_encoded(text), quoted.substr(1, quoted.size() - 2)}) {
    if (std::find(texts_.begin(), texts_.end(), form) == texts_.end()) texts_.push_back(form);
  }
  // A secret may hold another one: the longer goes first.
  std::stable_sort(texts_.begin(), texts_.end(),
                   [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

std::string SecretValues::masked(std::string text) const {
  for (const auto& secret : texts_) replace_all(text, secret, hidden);
  return text;
}

Json SecretValues::masked(const Json& json) const {
  if (texts_.empty()) return json;
  if (json.is_string()) return masked(json.get<std::string>());
  if (json.is_number()) {
    return std::find(texts_.begin(), texts_.end(), http::dump(json)) == texts_.end() ? json
                                                                                     : Json(hidden);
  }
  if (json.is_array()) {
    Json out = Json::array();
    for (const auto& item : json) out.push_back(masked(item));
    return out;
  }
  if (!json.is_object()) return json;
  Json out = Json::object();
  for (const auto& [key, value] : json.items()) out[masked(std::string(key))] = masked(value);
  return out;
}

workflow::Fault SecretValues::masked(workflow::Fault fault) const {
  fault.title = masked(std::move(fault.title));
  fault.detail = masked(std::move(fault.detail));
  return fault;
}

// -- values -------------------------------------------------------------------

Result<Json> Secrets::value(const std::string& name) const {
  std::string looked;
  if (!config_.folder.empty()) {
    const std::string path = config_.folder + "/" + name;
    std::ifstream file(path, std::ios::binary);
    if (file) {
      std::string text{std::istreambuf_iterator<char>(file), {}};
      if (file.bad()) return fail(Code::io, "the secret '" + name + "' cannot be read");
      return parse_value(std::move(text), name);
    }
    if (errno != ENOENT) {
      return fail(Code::io, "the secret '" + name + "' cannot be read: " + std::strerror(errno));
    }
    looked = "no file '" + name + "' in secrets.folder";
  }
  if (!config_.env_prefix.empty()) {
    const auto variable = variable_name(config_.env_prefix, name);
    if (const char* text = std::getenv(variable.c_str())) return parse_value(text, name);
    looked += (looked.empty() ? "" : " and ") + ("no environment variable " + variable);
  }
  return fail(Code::not_found, "the secret '" + name + "' is not set" +
                                   (looked.empty() ? "" : ": there is " + looked));
}

Result<Json> Secrets::at_path(const std::vector<std::string>& path) const {
  auto found = value(path.front());
  if (!found) return found;
  Json at = std::move(*found);
  for (std::size_t i = 1; i < path.size(); ++i) {
    if (!at.is_object() || !at.contains(path[i])) {
      return fail(Code::not_found,
                  "the secret '" + path.front() + "' has no member '" + path[i] + "'");
    }
    at = Json(at.at(path[i]));
  }
  return at;
}

Result<Json> Secrets::reveal_text(const std::string& text, WorkflowNumber workflow,
                                  SecretValues& values, bool uri) const {
  std::string out;
  std::size_t done = 0;
  while (const auto found = workflow::find_placeholder(text, workflow, config_.key, done)) {
    if (found->path.front().starts_with('$')) {  // `$authorization`, which is no secret
      out.append(text, done, found->at + found->size - done);
      done = found->at + found->size;
      continue;
    }
    auto value = at_path(found->path);
    if (!value) return value;
    values.add(*value);
    if (!uri && found->at == 0 && found->size == text.size()) return value;
    if (value->is_structured()) {
      return fail(Code::invalid, "the secret '" + found->path.front() +
                                     "' is an object or list and cannot stand within a text");
    }
    out.append(text, done, found->at - done);
    const std::string piece = scalar_text(*value);
    out += uri && found->at > 0 ? percent_encoded(piece) : piece;
    done = found->at + found->size;
  }
  return Json(out.append(text, done));
}

Result<Json> Secrets::reveal(const Json& data, WorkflowNumber workflow,
                             SecretValues& values) const {
  if (!mentions_secret(data)) return data;
  if (data.is_string()) {
    return reveal_text(data.get_ref<const std::string&>(), workflow, values, false);
  }
  Json out = data;
  for (auto& item : out) {
    auto revealed = reveal(item, workflow, values);
    if (!revealed) return revealed;
    item = std::move(*revealed);
  }
  return out;
}

Result<std::string> Secrets::reveal_uri(const std::string& uri, WorkflowNumber workflow,
                                        SecretValues& values) const {
  if (uri.find(marker) == std::string::npos) return uri;
  auto revealed = reveal_text(uri, workflow, values, true);
  if (!revealed) return Failure(revealed.error());
  return revealed->get<std::string>();
}

workflow::Fault secret_fault(const Error& error) {
  const bool unset = error.code == Code::not_found;
  return {std::string("https://open-workflow-specification.org/spec/1.0.0/errors/") +
              (unset ? "authorization" : "configuration"),
          unset ? 403 : 400, unset ? "A secret is not available" : "A secret cannot be used",
          error.what, ""};
}

// -- the volume's key ---------------------------------------------------------

namespace {

Failure key_failure(const std::string& path, const std::string& what) {
  return fail(Code::io, what + ": " + std::strerror(errno), path);
}

// Whole and on the disk, or not there.
Result<std::string> write_key(const std::string& key, const std::string& folder) {
  const std::string path = folder + "/" + key_file;
  const std::string fresh = path + ".new";
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return key_failure(fresh, "cannot be made");
  const bool written =
      ::write(fd, key.data(), key.size()) == static_cast<ssize_t>(key.size()) && ::fsync(fd) == 0;
  ::close(fd);
  if (!written) return key_failure(fresh, "cannot be written");
  if (::rename(fresh.c_str(), path.c_str()) != 0) return key_failure(path, "cannot be made");
  const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = directory >= 0 && ::fsync(directory) == 0;
  if (directory >= 0) ::close(directory);
  if (!synced) return key_failure(folder, "cannot be flushed");
  return key;
}

Result<std::string> make_key(const std::string& folder) {
  std::array<char, key_bytes> key{};
  if (::getrandom(key.data(), key.size(), 0) != static_cast<ssize_t>(key.size())) {
    return key_failure(folder, "no random bytes");
  }
  return write_key({key.data(), key.size()}, folder);
}

}  // namespace

Result<void> copy_secret_key(const std::string& from_folder, const std::string& to_folder) {
  std::ifstream file(from_folder + "/" + key_file, std::ios::binary);
  if (!file) return {};
  const auto written = write_key({std::istreambuf_iterator<char>(file), {}}, to_folder);
  if (!written) return Failure(written.error());
  return {};
}

Result<std::string> open_secret_key(const std::string& data_folder) {
  const std::string path = data_folder + "/" + key_file;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    if (errno != ENOENT) return key_failure(path, "cannot be read");
    return make_key(data_folder);
  }
  std::string key{std::istreambuf_iterator<char>(file), {}};
  if (key.size() == key_bytes) return key;
  return fail(Code::io, "is not the key that the node wrote; restore it from a backup", path);
}

}  // namespace endure::runtime
