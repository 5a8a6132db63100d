// Named points at which a crash test may end the process, as `kill -9` would.
// Compiled in only with ENDURE_FAULT_POINTS; a release build contains none of it.
//
//   ENDURE_CRASH_AT=journal.before_commit:12   dies when that point is passed for the 12th time
//   ENDURE_THROW_AT="queue.settled:12 …"       throws at every 12th pass: for points that an actor
//                                              passes, which dies of it
#pragma once

namespace endure {

#ifdef ENDURE_FAULT_POINTS
void pass_fault_point(const char* name);
#define ENDURE_FAULT_POINT(name) ::endure::pass_fault_point(name)
#else
#define ENDURE_FAULT_POINT(name) static_cast<void>(0)
#endif

}  // namespace endure
