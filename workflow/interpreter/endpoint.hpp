// Endpoints of calls, as their steps carry them.
#pragma once

#include "workflow/interpreter/machine.hpp"

namespace endure::workflow::interpreter {

// The URI of the task on top of `branch`; `{name}` parts of a literal one are filled from the
// task's input.
Evaluated<std::string> render_uri(const Machine& machine, const Branch& branch,
                                  const Template& uri);

// {uri, authentication}, the latter where there is one.
Evaluated<Json> render_endpoint(const Machine& machine, const Branch& branch,
                                const Endpoint& endpoint);

// null where there is none. The authority of oauth2 and oidc is a URI template, too.
Evaluated<Json> render_authentication(const Machine& machine, const Branch& branch,
                                      const Template& authentication);

// The whole arguments of a call's step.
Evaluated<Json> render_call(const Machine& machine, const Branch& branch,
                            const CallProtocolTask& call);

}  // namespace endure::workflow::interpreter
