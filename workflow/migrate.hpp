// Moves a workflow that has begun to another version of its definition. Pure.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "workflow/decide.hpp"

namespace endure::workflow {

// Why a workflow cannot go on in the other version.
struct MigrationObstacle {
  std::string task;  // pointer in the version that it runs; empty: the workflow itself
  std::string what;  // a sentence

  bool operator==(const MigrationObstacle&) const = default;
};

std::string in_one_line(const std::vector<MigrationObstacle>& obstacles);

// The workflow where it stands, in the definition `to`: one transition with an entry of its own in
// the history and no effects. Every task that is under way must be there in `to` by its name (and
// those of the tasks around it; the place in a list does not matter) and be of the same kind. What
// is open stays open as it is: a step keeps its key, its arguments and its lease, a timer its due
// time, a listener its types. So no worker notices, and a result that is on its way still counts.
//
// Obstacles, all that there are: the workflow has ended; a task is gone or of another kind; a call
// or run has another target; a loop's variables, a fork's branches or what a listen waits for have
// changed; a catch or retry that is under way is gone; the new version reads an input that the old
// one did not keep. Nothing has changed then.
tl::expected<Outcome, std::vector<MigrationObstacle>> migrate(const Definition& from,
                                                              const Definition& to,
                                                              const Snapshot& snapshot,
                                                              Instant now);

}  // namespace endure::workflow
