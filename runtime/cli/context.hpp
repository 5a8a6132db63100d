// What every verb of the command line gets: where it reads and writes, and the options that all
// verbs share. One per run of the program; one thread.
#pragma once

#include <iosfwd>
#include <string>

#include "base/clock.hpp"
#include "config/load.hpp"

namespace endure::cli {

struct Context {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  config::Environment environment;  // the variables that begin with ENDURE_
  Clock& clock;                     // ages are counted from its now()

  std::string node;   // --node: a URL, host:port, or a node's data folder
  std::string token;  // --token
  bool json = false;  // --output json
  int exit_code = 0;  // set by the verb that ran
};

}  // namespace endure::cli
