// How a verb is added to the command line.
#pragma once

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <functional>
#include <string>

#include "runtime/cli/context.hpp"

namespace endure::cli {

// A verb without action yet: options are added to it, then on_run(). `examples` are lines of its
// help.
CLI::App* add_verb(CLI::App& parent, const std::string& name, const std::string& summary,
                   const std::string& examples);

// A verb that only groups others: `queue` of `queue list`.
CLI::App* add_group(CLI::App& parent, const std::string& name, const std::string& summary);

// `run` gives the exit code; ExitWith, thrown in it, ends it earlier.
void on_run(CLI::App* verb, Context& context, std::function<int()> run);

// `-n`, `--namespace` with the default "default".
void add_namespace(CLI::App* verb, std::string& ns);

}  // namespace endure::cli
