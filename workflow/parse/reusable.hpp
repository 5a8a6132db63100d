// Components that stand inline or under `use`: retry policies, errors, authentications.
#pragma once

#include <optional>

#include "workflow/parse/context.hpp"
#include "workflow/parse/fields.hpp"

namespace endure::workflow::parse {

// Each takes the component itself, or (`…_or_name`) text that names one of `use`.
std::optional<RetryPolicy> read_retry(Context& context, const Node& node);
std::optional<RetryPolicy> read_retry_or_name(Context& context, const Node& node);

ErrorTemplate read_error(Context& context, const Node& node);
ErrorTemplate read_error_or_name(Context& context, const Node& node);

// {basic: {username, password}} or {bearer: {token}}, members may be expressions. The second takes
// {use: name} too.
std::optional<Template> read_authentication(Context& context, const Node& node);
std::optional<Template> read_authentication_or_use(Context& context, const Node& node);

// Checks `use` as a whole, so that components that nothing uses are right too.
void check_reusables(Context& context, Fields& workflow);

}  // namespace endure::workflow::parse
