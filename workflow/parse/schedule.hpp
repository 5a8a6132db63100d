// `schedule` of a definition, and what `document.metadata` says about it.
#pragma once

#include <memory>
#include <optional>

#include "workflow/parse/context.hpp"
#include "workflow/schedule/schedule.hpp"

namespace endure::workflow::parse {

// `metadata`: document.metadata. Null, and a problem where there is a fault, without a schedule.
std::shared_ptr<const Schedule> read_schedule(Context& context, const std::optional<Node>& schedule,
                                              const std::optional<Node>& metadata);

}  // namespace endure::workflow::parse
