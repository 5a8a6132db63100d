// Which variables an expression names, and the scope that holds just those.
#pragma once

#include <string_view>

#include "workflow/interpreter/evaluator.hpp"

namespace endure::workflow::interpreter {

struct Wanted {
  bool any = false;  // some variable at all; loop and error variables are then passed too
  bool context = false;
  bool input = false;
  bool output = false;
  bool task = false;
  bool task_definition = false;
  bool workflow = false;
  bool workflow_definition = false;
  bool runtime = false;
  bool secrets = false;
  bool authorization = false;
};

// Adds what `expression` names. May name too much (a `$task` in a string), never too little.
void want(const Expression& expression, Wanted& wanted);
void want(const Template& tmpl, Wanted& wanted);

Scope make_scope(const Wanted& wanted, const Value& dot, const Site& site,
                 const Definition& definition, const Snapshot& snapshot,
                 std::string_view secret_key);

}  // namespace endure::workflow::interpreter
