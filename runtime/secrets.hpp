// Secrets: where their values come from, and the one place where a placeholder becomes a value.
//
// A workflow holds placeholders alone (workflow/secret_placeholder.hpp). Whoever acts for it in the
// world (the native callers) reveals them in what it is about to send, and masks the values in
// whatever comes back before anything of it is told or stored.
// Values are read anew each time, so that a secret can be changed while the node runs. Any thread.
#pragma once

#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "workflow/event.hpp"
#include "workflow/value/value.hpp"

namespace endure::runtime {

struct SecretsConfig {
  std::string folder;      // one file a secret, named as it; empty: none
  std::string env_prefix;  // of environment variables; empty: none
  std::string key;         // of the volume: see open_secret_key()
};

// The values that were put in place, to be masked in what comes back.
class SecretValues {
 public:
  void add(const workflow::Json& value);  // all texts and numbers in it
  bool empty() const { return texts_.empty(); }

  // Each occurrence, also percent-encoded or escaped as in JSON, becomes `(hidden)`. Values of less
  // than 4 bytes are left alone: they would be found everywhere.
  std::string masked(std::string text) const;
  workflow::Json masked(const workflow::Json& json) const;
  workflow::Fault masked(workflow::Fault fault) const;

 private:
  std::vector<std::string> texts_;
};

class Secrets {
 public:
  explicit Secrets(SecretsConfig config) : config_(std::move(config)) {}

  // A file or variable that holds a JSON object or list is read as such, any other as text without
  // its last line break. Code::not_found where the secret is not set, and says where it would be
  // looked for; Code::io where it cannot be read.
  Result<workflow::Json> value(const std::string& name) const;

  // `data` with the authentic placeholders of this workflow replaced. A text that is a placeholder
  // as a whole becomes the value, of whatever type; within other text only a text, number or truth
  // value can stand. Adds what was put in place to `values`. Errors: as value(); Code::not_found
  // where the secret has no such member; Code::invalid.
  Result<workflow::Json> reveal(const workflow::Json& data, WorkflowNumber workflow,
                                SecretValues& values) const;
  // The same for a URI: what does not begin it is percent-encoded.
  Result<std::string> reveal_uri(const std::string& uri, WorkflowNumber workflow,
                                 SecretValues& values) const;

  const std::string& key() const { return config_.key; }

 private:
  Result<workflow::Json> at_path(const std::vector<std::string>& path) const;
  Result<workflow::Json> reveal_text(const std::string& text, WorkflowNumber workflow,
                                     SecretValues& values, bool uri) const;

  SecretsConfig config_;
};

// The type of error that a failed reveal() is, as the language has it: authorization (403) where a
// secret is not set, configuration (400) else.
workflow::Fault secret_fault(const Error& error);

// The key in `secret.key` of the data folder, made of random bytes where there is none yet. Only
// the node's user can read it. Code::io.
Result<std::string> open_secret_key(const std::string& data_folder);

// The key of one volume for its copy; nothing where there is none yet. Code::io.
Result<void> copy_secret_key(const std::string& from_folder, const std::string& to_folder);

}  // namespace endure::runtime
