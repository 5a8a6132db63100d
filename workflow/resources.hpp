// What a definition names and does not hold: functions and schemas at other addresses.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "base/result.hpp"

namespace endure::workflow {

// The text at each address that was read for a definition. It is stored with the definition, which
// is therefore the same for ever, and needs no network when the node starts again.
using ResolvedResources = std::map<std::string, std::string>;

struct ResourceRequest {
  std::string uri;            // http, https, file, or `catalog:default/…` (see default_catalog)
  std::string authorization;  // the value of the header of that name; empty: none
};

// A function `name:version@default` is asked for at this prefix + "functions/name/version/
// function.yaml". Code::not_found is then no error: the function is a step on the queue `name`.
constexpr const char* default_catalog = "catalog:default/";

// Reads resources while a definition is deployed, and never later.
class ExternalResources {
 public:
  virtual ~ExternalResources() = default;

  // The text at `uri`. Errors say what to do: Code::not_found, Code::invalid where it may not be
  // read, Code::io where it could not be. May take a while; any thread.
  virtual Result<std::string> fetch(const ResourceRequest& request) = 0;
};

// What was resolved before, and nothing else.
class StoredResources final : public ExternalResources {
 public:
  explicit StoredResources(const ResolvedResources& resources) : resources_(resources) {}

  Result<std::string> fetch(const ResourceRequest& request) override {
    const auto found = resources_.find(request.uri);
    if (found != resources_.end()) return found->second;
    return fail(Code::not_found, "it is not stored with the definition");
  }

 private:
  const ResolvedResources& resources_;
};

// A definition as it is stored.
struct DefinitionSource {
  DefinitionSource() = default;
  DefinitionSource(std::string the_text, ResolvedResources the_resources = {})  // NOLINT: implicit
      : text(std::move(the_text)), resources(std::move(the_resources)) {}

  std::string text;
  ResolvedResources resources;
};

}  // namespace endure::workflow
