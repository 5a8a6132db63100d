// Events that come in: to one workflow, or to every listener. Any thread.
#pragma once

#include "actors/context.hpp"
#include "actors/engine.hpp"

namespace endure::actors {

void send_event(Context& context, WorkflowNumber number, workflow::CloudEvent event,
                Reply<SendReceipt> reply);
void publish_event(Context& context, workflow::CloudEvent event, Reply<PublishReceipt> reply);

}  // namespace endure::actors
