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

// {basic: …}, {bearer: …}, {digest: …}, {oauth2: …} or {oidc: …}; members may be expressions, and
// each scheme may be {use: secret}. The second takes {use: name}, or the name alone, too.
std::optional<Template> read_authentication(Context& context, const Node& node);
std::optional<Template> read_authentication_or_use(Context& context, const Node& node);

// False, and a problem, where `use.secrets` does not list `name`.
bool check_secret(Context& context, const Node& node, const std::string& name);

// Checks `use` as a whole, so that components that nothing uses are right too.
void check_reusables(Context& context, Fields& workflow);

}  // namespace endure::workflow::parse
