#include "workflow/interpreter/fault.hpp"

#include <array>

namespace endure::workflow::interpreter {
namespace {

struct Entry {
  Standard kind;
  std::string_view name;
  int status;
  const char* title;
};

constexpr std::array<Entry, 6> entries{{
    {Standard::configuration, "configuration", 400, "Wrong configuration"},
    {Standard::validation, "validation", 400, "Invalid data"},
    {Standard::expression, "expression", 400, "An expression failed"},
    {Standard::timeout, "timeout", 408, "Timed out"},
    {Standard::communication, "communication", 500, "A call failed"},
    {Standard::runtime, "runtime", 500, "The runtime could not go on"},
}};

constexpr std::array<std::string_view, 8> standard_names{
    "configuration", "validation", "expression",    "authentication",
    "authorization", "timeout",    "communication", "runtime"};

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// "communication" for each spelling of that standard type, otherwise nothing.
std::string_view standard_name(std::string_view uri) {
  if (!take_prefix(uri, "https://serverlessworkflow.io") &&
      !take_prefix(uri, "https://open-workflow-specification.org")) {
    return {};
  }
  if (!take_prefix(uri, "/spec/1.0.0/errors/") && !take_prefix(uri, "/dsl/errors/types/")) {
    return {};
  }
  for (const auto name : standard_names) {
    if (name == uri) return name;
  }
  return {};
}

}  // namespace

Fault standard_fault(Standard kind, std::string detail, std::string instance) {
  Fault fault;
  for (const auto& entry : entries) {
    if (entry.kind != kind) continue;
    fault.type = "https://open-workflow-specification.org/spec/1.0.0/errors/";
    fault.type += entry.name;
    fault.status = entry.status;
    fault.title = entry.title;
  }
  fault.detail = std::move(detail);
  fault.instance = std::move(instance);
  return fault;
}

bool same_error_type(std::string_view a, std::string_view b) {
  if (a == b) return true;
  const auto name = standard_name(a);
  return !name.empty() && name == standard_name(b);
}

Json to_json(const Fault& fault) {
  Json json{{"type", fault.type}, {"status", fault.status}};
  if (!fault.title.empty()) json["title"] = fault.title;
  if (!fault.detail.empty()) json["detail"] = fault.detail;
  if (!fault.instance.empty()) json["instance"] = fault.instance;
  return json;
}

std::string describe(const Fault& fault) {
  if (fault.title.empty() && fault.detail.empty()) return fault.type;
  if (fault.title.empty()) return fault.detail;
  if (fault.detail.empty()) return fault.title;
  return fault.title + ": " + fault.detail;
}

}  // namespace endure::workflow::interpreter
