#include "runtime/bridge/keys.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "base/assert.hpp"

namespace endure::bridge {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t key_length = 40;

fs::path public_path(const std::string& folder, const std::string& node) {
  return fs::path(folder) / (node + ".pub");
}
fs::path secret_path(const std::string& folder, const std::string& node) {
  return fs::path(folder) / (node + ".key");
}

Result<void> write_new(const fs::path& path, const std::string& text, mode_t mode) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (file < 0 && errno == EEXIST) {
    return fail(Code::conflict, "the file exists; a node's key is made once", path.string());
  }
  if (file < 0) return fail(Code::io, "the file cannot be written", path.string());
  const std::string line = text + "\n";
  const bool written = ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  const bool closed = ::close(file) == 0;
  if (written && closed) return {};
  return fail(Code::io, "the file cannot be written", path.string());
}

Result<std::string> read_key(const fs::path& path) {
  std::ifstream in(path);
  std::string key;
  if (!in || !(in >> key)) {
    return fail(Code::invalid, "the key cannot be read; `endure cluster keygen` makes keys",
                path.string());
  }
  std::array<std::uint8_t, 32> bytes{};
  if (key.size() != key_length || zmq_z85_decode(bytes.data(), key.c_str()) == nullptr) {
    return fail(Code::invalid, "the file holds no key of 40 characters (Z85)", path.string());
  }
  return key;
}

Result<KeyPair> read_own(const std::string& folder, const std::string& node) {
  const auto path = secret_path(folder, node);
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return fail(Code::invalid, "others can read the secret key: chmod 600", path.string());
  }
  auto secret = read_key(path);
  if (!secret) return Failure(secret.error());
  std::array<char, key_length + 1> own{};
  if (zmq_curve_public(own.data(), secret->c_str()) != 0) {
    return fail(Code::invalid, "the file holds no secret key", path.string());
  }
  return KeyPair{own.data(), std::move(*secret)};
}

}  // namespace

KeyPair new_key_pair() {
  std::array<char, key_length + 1> open{};
  std::array<char, key_length + 1> secret{};
  ENDURE_ASSERT(zmq_curve_keypair(open.data(), secret.data()) == 0);
  return {open.data(), secret.data()};
}

Result<KeyPair> write_key_pair(const std::string& folder, const std::string& node) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return fail(Code::io, "the folder cannot be made: " + error.message(), folder);
  auto pair = new_key_pair();
  if (auto done = write_new(secret_path(folder, node), pair.secret_key, 0600); !done) {
    return Failure(done.error());
  }
  if (auto done = write_new(public_path(folder, node), pair.public_key, 0644); !done) {
    return Failure(done.error());
  }
  return pair;
}

Result<std::string> read_further_key(const Keys& keys, const std::string& node) {
  const auto path = public_path(keys.folder, node);
  auto key = read_key(path);
  if (!key) return key;
  for (const auto& [known, other] : keys.public_keys) {
    if (known == node || other != *key) continue;
    return fail(Code::invalid, "the node has the same key as " + known, path.string());
  }
  return key;
}

std::vector<std::string> public_keys_in(const std::string& folder) {
  std::vector<std::string> keys;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() != ".pub") continue;
    if (auto key = read_key(it->path())) keys.push_back(*std::move(key));
  }
  return keys;
}

Result<Keys> read_keys(const std::string& folder, const std::string& node,
                       const std::vector<std::string>& nodes) {
  Keys keys;
  keys.folder = folder;
  auto own = read_own(folder, node);
  if (!own) return Failure(own.error());
  keys.own = std::move(*own);
  std::map<std::string, std::string> node_of;
  for (const auto& name : nodes) {
    const auto path = public_path(folder, name);
    auto key = read_key(path);
    if (!key) return Failure(key.error());
    const auto [known, fresh] = node_of.emplace(*key, name);
    if (!fresh) {
      return fail(Code::invalid, "the node has the same key as " + known->second, path.string());
    }
    keys.public_keys.emplace(name, std::move(*key));
  }
  if (keys.public_keys[node] != keys.own.public_key) {
    return fail(Code::invalid, "the public key is not that of the node's secret key",
                public_path(folder, node).string());
  }
  return keys;
}

}  // namespace endure::bridge
