#include "workflow/event_identity.hpp"

namespace endure::workflow {

std::string event_identity(const CloudEvent& event) {
  if (!event->is_object()) return {};
  const auto source = event->find("source");
  const auto id = event->find("id");
  if (source == event->end() || id == event->end()) return {};
  if (!source->is_string() || !id->is_string()) return {};
  return source->get_ref<const std::string&>() + '\n' + id->get_ref<const std::string&>();
}

std::uint64_t identity_hash(const std::string& identity) {
  if (identity.empty()) return 0;
  std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a, and a finish that spreads its bits
  for (const char c : identity) hash = (hash ^ static_cast<std::uint8_t>(c)) * 1099511628211ULL;
  hash ^= hash >> 33U;
  hash *= 0xff51afd7ed558ccdULL;
  hash ^= hash >> 33U;
  return hash == 0 ? 1 : hash;
}

}  // namespace endure::workflow
