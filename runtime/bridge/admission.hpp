// Whom a node lets in, by the greetings of both (docs/decisions/025). Pure.
#pragma once

#include <string>

#include "runtime/bridge/wire.hpp"

namespace endure::bridge {

// Why the speaker of `theirs` is not let in, in words for both sides' logs; empty: it is.
// `own` is the greeting of the other side to whoever it is.
//
//                  theirs not begun                  theirs has begun
//   own not begun  of the same list                  its list has this node; adopts() where added
//   own has begun  in the own list; where it was     of the same birth, and in the own list; or
//                  there at the birth, of that list  unknown there, and in theirs, which is newer
//
// What a list says of a node that the other one knows later is for whoever takes that list.
std::string why_not(const Greeting& own, const Greeting& theirs);

// Whether the node of `own`, which has not begun, was added to the cluster of `theirs` and so
// belongs to it from now on.
bool adopts(const Greeting& own, const Greeting& theirs);

}  // namespace endure::bridge
