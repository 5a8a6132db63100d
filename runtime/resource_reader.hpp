// Reads functions and schemas that definitions name, while they are deployed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "workflow/resources.hpp"

namespace endure::runtime {

struct ResourceConfig {
  std::string folder;   // `file://` is read below it; empty: not at all
  std::string catalog;  // the node's own catalog; empty: none
  bool fetch = false;   // http and https
  std::int64_t timeout_ms = 10'000;
  std::size_t max_bytes = 1U << 20U;
  std::vector<std::string> connect_to;  // host:port:host:port, as calls have it
  std::string ca_file;                  // PEM; trusted besides the system's; empty: none
};

// Blocks while it reads. Any thread.
class ResourceReader final : public workflow::ExternalResources {
 public:
  explicit ResourceReader(ResourceConfig config) : config_(std::move(config)) {}

  Result<std::string> fetch(const workflow::ResourceRequest& request) override;

 private:
  // `path` below `folder`, and nowhere else, whatever links lead away from it.
  Result<std::string> read_below(const std::string& folder, const std::string& path) const;
  Result<std::string> read_web(const workflow::ResourceRequest& request) const;

  ResourceConfig config_;
};

}  // namespace endure::runtime
