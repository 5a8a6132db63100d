#include "runtime/node_file.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "runtime/version.hpp"

namespace endure {
namespace {

std::filesystem::path path_of(const NodeFacts& facts) {
  return std::filesystem::path(facts.folder) / "node.json";
}

}  // namespace

Result<void> write_node_file(const NodeFacts& facts) {
  const nlohmann::ordered_json json{
      {"pid", getpid()}, {"http", facts.http}, {"worker", facts.workers}, {"version", version()}};
  const std::filesystem::path path = path_of(facts);
  const std::filesystem::path temporary = path.string() + ".new";
  std::ofstream out(temporary, std::ios::trunc);
  out << json.dump(2) << '\n';
  out.close();
  std::error_code error;
  if (out) std::filesystem::rename(temporary, path, error);
  if (!out || error) return fail(Code::io, "the file cannot be written", path.string());
  return {};
}

void remove_node_file(const NodeFacts& facts) {
  std::ifstream in(path_of(facts));
  const auto json = nlohmann::json::parse(in, nullptr, false);
  if (!json.is_object() || json.value("pid", 0) != getpid()) return;
  std::error_code ignored;
  std::filesystem::remove(path_of(facts), ignored);
}

}  // namespace endure
