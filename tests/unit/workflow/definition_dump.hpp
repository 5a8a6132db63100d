// A definition's whole model as text, so that two can be compared.
#pragma once

#include <string>

#include "workflow/definition.hpp"

namespace endure::workflow::test {

// Equal for equal models. What only tells where a model came from (its source text) is left out.
std::string dump(const Definition& definition);

}  // namespace endure::workflow::test
