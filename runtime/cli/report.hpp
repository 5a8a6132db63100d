// How verbs answer: JSON for programs, errors with a next step, the node they speak to.
#pragma once

#include <string>
#include <type_traits>

#include "runtime/cli/api_client.hpp"
#include "runtime/cli/context.hpp"
#include "runtime/cli/exit_code.hpp"

namespace endure::cli {

// --node, else ENDURE_NODE, as it was given; empty where neither was.
std::string node_option(const Context& context);

// Where the node is: --node, else ENDURE_NODE, else the default address. A data folder is looked up
// in the `node.json` that its node has written. Code::not_found where that holds none.
Result<std::string> node_url(const Context& context);

// A client of that node. Throws ExitWith where the node cannot be told.
ApiClient connect(Context& context);

// Ends the running verb with this exit code; what there is to say has been said.
struct ExitWith {
  int code;
};

// Says what went wrong and what to do next on the error stream; the exit code for it.
int report(Context& context, const ApiError& error);
int report(Context& context, const Error& error);
int report(Context& context, int code, const std::string& what, const std::string& next = {});

// The answer, or its error reported and ExitWith thrown.
// Says on the error stream which nodes of the cluster an answer of several nodes lacks.
void tell_missing(Context& context, const Json& answer);

template <class T>
T value_or_exit(Context& context, ApiResult<T> result) {
  if (result) {
    if constexpr (std::is_same_v<T, Json>) tell_missing(context, *result);
    return std::move(*result);
  }
  throw ExitWith{report(context, result.error())};
}

// Where verbs that wait for long stand a restart of the node: `call` is made again while no node
// answers, for half a minute; the first time that is said on the error stream.
bool pause_for_restart(Context& context, const ApiError& error, int attempt);
template <class Call>
auto patiently(Context& context, Call call) {
  auto result = call();
  for (int i = 0; !result && pause_for_restart(context, result.error(), i); ++i) result = call();
  return result;
}

// The JSON as the API gave it, for programs.
void print_json(Context& context, const Json& json);

// Text of an argument: `@FILE` is the file's, `-` what stands on standard input, anything else
// itself. Throws ExitWith where a file cannot be read.
std::string argument_text(Context& context, const std::string& argument);
// The same for an argument that names a file without `@`.
std::string file_text(Context& context, const std::string& path);
// JSON of such an argument; ExitWith(exit_usage) where it is none.
Json argument_json(Context& context, const std::string& option, const std::string& argument);

// `id` or `namespace/id`; the namespace is `fallback` where none is given.
std::pair<std::string, std::string> split_name(const std::string& name,
                                               const std::string& fallback);

}  // namespace endure::cli
