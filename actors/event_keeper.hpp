// Lets kept broadcast events go: those whose time is over, and the oldest where there are too many.
#pragma once

namespace endure::actors {

struct Context;

// Counts what is kept already; once, on the loader's thread.
void count_kept_events(Context& context);

// Reads on the loader's thread and commits; one round at a time, further calls do nothing
// meanwhile. Costs nothing while no event is held.
void expire_events(Context& context);

}  // namespace endure::actors
