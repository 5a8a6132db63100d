// What stands for a secret wherever a workflow keeps or shows data: text that names the secret but
// tells nothing of it. Only where the node makes a call, the text is replaced by the value.
//
//   endure-secret.<name>.<key>….mac-<32 hexadecimal digits>
//
// The digits are an HMAC over the workflow's number and the path, by a key of the volume: text that
// came from outside, or from another workflow, is no placeholder. All characters are unreserved in
// URIs, so that a placeholder survives percent-encoding. Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"

namespace endure::workflow {

using SecretPath = std::vector<std::string>;  // the secret's name, then keys within its value

std::string make_placeholder(const SecretPath& path, WorkflowNumber workflow, std::string_view key);

struct FoundPlaceholder {
  std::size_t at = 0;
  std::size_t size = 0;
  SecretPath path;
};

// The first authentic placeholder of this workflow in `text`, at or behind `from`.
std::optional<FoundPlaceholder> find_placeholder(std::string_view text, WorkflowNumber workflow,
                                                 std::string_view key, std::size_t from = 0);

// Which secrets a jq program names: `$secrets.name.key`, `$secrets["name"]`, each as far as it
// goes. nullopt where it uses `$secrets` in another way, which cannot be resolved.
std::optional<std::vector<SecretPath>> secrets_named(std::string_view program);

}  // namespace endure::workflow
