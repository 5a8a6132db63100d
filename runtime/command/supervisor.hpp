// Starts a program under a supervisor: a process of its own that ends the program and everything
// that descends from it when it is told to, when the program has ended, and when this process dies
// in whatever way, so that nothing a program starts outlives it.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.hpp"

namespace endure {

struct SupervisedProgram {
  std::vector<std::string> argv;         // argv[0] is the program's path
  std::vector<std::string> environment;  // all of it, "NAME=value"
  std::string folder;                    // where it runs; empty: here
  int in = -1;                           // its standard streams, to be closed by the caller
  int out = -1;
  int err = -1;
};

struct Supervisor {
  pid_t pid = -1;
  int life = -1;    // closing it ends the program; close it in any case
  int status = -1;  // gives the program's wait status, an int, when all is over; to be closed
};

// Forks without running anything of this process in the child but calls that are safe there, so
// any thread may call it. Code::not_found: there is no such program; Code::io: it cannot be
// started.
Result<Supervisor> start_supervised(const SupervisedProgram& program);

}  // namespace endure
