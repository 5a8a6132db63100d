// The command line of a container runtime: what docker and podman have in common.
#include <array>
#include <cctype>

#include "runtime/run/process_plan.hpp"

namespace endure::run {

using workflow::Json;

namespace {

std::uint64_t mixed(std::string_view text, std::uint64_t hash) {
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001B3ULL;
    hash ^= hash >> 29U;
  }
  return hash;
}

std::string hex(std::uint64_t number, int digits) {
  std::string text(static_cast<std::size_t>(digits), '0');
  for (int i = digits - 1; i >= 0; --i, number >>= 4U) {
    text[static_cast<std::size_t>(i)] = "0123456789abcdef"[number & 15U];
  }
  return text;
}

// The same for the same attempt at the same step.
std::string uuid_of(const actors::LeasedStep& step) {
  const std::string text = step.idempotency_key + "#" + std::to_string(step.token.attempt);
  const auto a = mixed(text, 0xCBF29CE484222325ULL);
  const auto b = mixed(text, 0x9E3779B97F4A7C15ULL);
  return hex(a >> 32U, 8) + "-" + hex(a >> 16U, 4) + "-8" + hex(a, 3) + "-a" + hex(b >> 52U, 3) +
         "-" + hex(b, 12);
}

// What a container's name may hold.
std::string name_part(std::string text) {
  constexpr std::size_t longest = 63;
  if (text.size() > longest) text.resize(longest);
  for (char& c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '_') c = '-';
  }
  return text;
}

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace

std::string container_name(const Json& request, const actors::LeasedStep& step) {
  if (request.contains("name")) return text_of(request["name"]);
  std::string name = name_part(request.value("workflow", "workflow")) + "-" + uuid_of(step) + "." +
                     name_part(step.name.ns) + "-" + name_part(request.value("task", "task"));
  return name;
}

std::string container_label(const actors::LeasedStep& step) {
  return "endure.step=" + step.idempotency_key;
}

std::vector<std::string> container_arguments(const Json& request, const std::string& name,
                                             const std::string& label,
                                             const std::vector<std::string>& names) {
  std::vector<std::string> out = {"run", "--name", name, "--label", label};
  const std::string cleanup = request.value("cleanup", "never");
  if (cleanup == "always") out.emplace_back("--rm");
  if (cleanup == "eventually") {
    out.insert(out.end(),
               {"--label", "endure.remove-after-ms=" +
                               std::to_string(request.value("after_ms", std::int64_t{0}))});
  }
  const std::string pull = request.value("pull", "ifNotPresent");
  out.insert(out.end(), {"--pull", pull == "ifNotPresent" ? "missing" : pull});
  if (request.contains("stdin")) out.emplace_back("--interactive");
  for (const auto& variable : names) out.insert(out.end(), {"--env", variable});
  const Json ports = request.value("ports", Json::object());
  for (const auto& [host, inside] : ports.items()) {
    out.insert(out.end(), {"--publish", host + ":" + text_of(inside)});
  }
  const Json volumes = request.value("volumes", Json::object());
  for (const auto& [host, inside] : volumes.items()) {
    out.insert(out.end(), {"--volume", host + ":" + text_of(inside)});
  }
  out.push_back(request.value("image", ""));
  if (request.contains("command")) {
    out.insert(out.end(), {"sh", "-c", request["command"].get<std::string>(), "sh"});
  }
  for (const auto& argument : request.value("arguments", Json::array())) {
    out.push_back(text_of(argument));
  }
  return out;
}

}  // namespace endure::run
