#include "runtime/gateway/outbox.hpp"

namespace endure::gateway {

void SessionSink::deliver(std::vector<actors::LeasedStep> steps) {
  outbox_->push({session_, Delivered{consumer_, std::move(steps)}});
}

void SessionSink::revoke(const actors::StepToken& token, const std::string& why) {
  outbox_->push({session_, TakenAway{token, why}});
}

}  // namespace endure::gateway
