// Deliberate defects, one of which a test may switch on: so that it is seen that the checks of the
// tests find a node that breaks its promises (tests/crash/mutants.py lists them with what must be
// said of each). Compiled in only with ENDURE_FAULT_POINTS; a release build contains none of it.
// Any thread.
//
//   ENDURE_MUTANT=lost_step:40   that defect shows at every 40th pass (without a number: at each)
#pragma once

namespace endure {

#ifdef ENDURE_FAULT_POINTS
bool shows_mutant(const char* name);
#define ENDURE_MUTANT(name) ::endure::shows_mutant(name)
#else
#define ENDURE_MUTANT(name) false
#endif

}  // namespace endure
