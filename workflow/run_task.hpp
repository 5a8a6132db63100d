// What `run` tasks run, and what of it becomes the task's output.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "workflow/expression.hpp"

namespace endure::workflow {

// `return` of a run.
enum class RunReturn : std::uint8_t { out, err, code, all, none };

constexpr std::string_view to_string(RunReturn what) {
  switch (what) {
    case RunReturn::out: return "stdout";
    case RunReturn::err: return "stderr";
    case RunReturn::code: return "code";
    case RunReturn::all: return "all";
    case RunReturn::none: return "none";
  }
  return "stdout";
}

struct RunWorkflowTask {  // a child workflow
  std::string ns;
  std::string name;
  std::string version;  // empty: the one that was deployed last
  Template input;
  bool await = true;
  RunReturn output = RunReturn::out;
};

// A process: a step on the node's own queue `endure.run`.
struct RunProcessTask {
  enum class Kind : std::uint8_t { shell, javascript, python, container };
  Kind kind = Kind::shell;
  // An object, rendered when the task begins: what the node's runner needs to know. `arguments` is
  // a list, `environment` an object, `stdin` anything; begin() makes texts of all values in them.
  Template request;
  bool await = true;
  RunReturn output = RunReturn::out;
};

constexpr const char* run_queue = "endure.run";

}  // namespace endure::workflow
