// Records as the JSON of the API. Pure.
#pragma once

#include <string>

#include "actors/engine.hpp"
#include "persistence/codec.hpp"
#include "persistence/records.hpp"
#include "runtime/http/message.hpp"
#include "workflow/value/value.hpp"

namespace endure::http {

using workflow::Json;

Response json_response(int status, const Json& json);

Json shape(const persistence::WorkflowSummary& summary);
Json shape(const workflow::Fault& fault);
Json shape(const persistence::HistoryRecord& record);
Json shape(const actors::QueueView& view, Instant now);
Json shape(const actors::ScheduleView& view);
Json shape(const actors::ActorView& view);
Json shape(const actors::EngineStats& stats);
Json shape(const actors::EventTypeView& view);
Json shape(const actors::SinkView& view);

// Summary, documents and what it waits for. `definition` names the tasks; may be null.
Json shape(const actors::WorkflowView& view, const workflow::Definition* definition);

// A dead letter. Code::corrupt where its arguments cannot be read.
Result<Json> dead_letter(const persistence::StepRecord& step);

// A dead letter's name in the API: the step's token without attempt and epoch.
std::string step_name(const persistence::StepKey& key);

}  // namespace endure::http
