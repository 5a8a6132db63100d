// The keys of a cluster's nodes: CURVE pairs in the text form of ZeroMQ (Z85, 40 characters), as
// files of one folder: `NODE.pub` of every node, `NODE.key` (readable by its owner alone) of one's
// own. Any thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace endure::bridge {

struct KeyPair {
  std::string public_key;
  std::string secret_key;
};

KeyPair new_key_pair();

// Makes both files of a node, and the folder where it is missing. Code::conflict: the node has a
// key there already; Code::io.
Result<KeyPair> write_key_pair(const std::string& folder, const std::string& node);

struct Keys {
  KeyPair own;
  std::map<std::string, std::string> public_keys;  // by node, one's own too
  std::string folder;                              // where those of further nodes appear
};

// That of one more node, as far as it is there. Code::invalid: its file is missing, holds no key,
// or that of a node that is known; `where` names it.
Result<std::string> read_further_key(const Keys& keys, const std::string& node);

// All public keys of the folder, whosever they are; what is no key is passed over.
std::vector<std::string> public_keys_in(const std::string& folder);

// Code::invalid: a file is missing, holds no key, or a secret one can be read by others; `where`
// names it. Two nodes with one key are refused, too.
Result<Keys> read_keys(const std::string& folder, const std::string& node,
                       const std::vector<std::string>& nodes);

}  // namespace endure::bridge
