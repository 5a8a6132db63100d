#include "workflow/snapshot.hpp"

#include <array>
#include <utility>

namespace endure::workflow {
namespace {

constexpr std::array<std::pair<Phase, std::string_view>, 7> phase_names{{
    {Phase::pending, "pending"},
    {Phase::running, "running"},
    {Phase::waiting, "waiting"},
    {Phase::suspended, "suspended"},
    {Phase::cancelled, "cancelled"},
    {Phase::faulted, "faulted"},
    {Phase::completed, "completed"},
}};

}  // namespace

std::string_view to_string(Phase phase) {
  for (const auto& [value, name] : phase_names) {
    if (value == phase) return name;
  }
  return "unknown";
}

std::optional<Phase> phase_from(std::string_view text) {
  for (const auto& [value, name] : phase_names) {
    if (name == text) return value;
  }
  return std::nullopt;
}

}  // namespace endure::workflow
