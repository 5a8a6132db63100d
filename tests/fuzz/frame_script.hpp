// The operations of the targets `frame` and `link`, which the seeds are written in, too.
#pragma once

namespace endure::testing {

// What happens to a gateway.
enum class GatewayOp : unsigned {
  frame,      // argument: the peer; block: the frame
  pump,       // what the engine has said is sent
  time,       // argument: how many half heartbeats pass
  step,       // argument: the queue that gets a step
  revoke,     // argument: the step that is taken away
  transport,  // argument: whether messages go out, wait, or find nobody
  engine,     // argument: the error that the engine answers with, or none
  replies,    // argument: whether the engine's replies are held back
  count
};

// What happens to a worker's side.
enum class LinkOp : unsigned {
  frame,     // block: the node's frame
  time,      // argument: how many half seconds pass
  take,      // a step is begun
  complete,  // argument: how long the result is; ends the step begun first
  fail,      // argument: whether it may be tried again
  drain,
  goodbye,
  connecting,
  count
};

}  // namespace endure::testing
