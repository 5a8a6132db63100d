#include "tests/simulation/clients.hpp"

#include <utility>

#include "base/assert.hpp"

namespace endure::simulation {

namespace {

using workflow::Json;

const char* const policy = "{maxAttempts: 100000, backoff: PT0.1S, maxBackoff: PT2S, lease: PT5S}";

std::string head(const std::string& name) {
  return "document: {dsl: '1.0.3', namespace: sim, name: " + name + ", version: '1.0.0'}\ndo:\n";
}

std::string step(const std::string& queue) {
  return "{call: " + queue + ", with: {n: 1}, metadata: " + policy + "}";
}

// A bit of everything that waits.
std::string order() {
  return head("order") + "- first: " + step("a") + R"(
- nap: {wait: PT2S}
- ask: {listen: {to: {one: {with: {type: go}}}}}
- ask_again: {listen: {to: {one: {with: {type: go}}}}}
- both:
    fork:
      branches:
        - left: {do: [{l1: )" +
         step("b") + R"(}, {l2: {wait: PT1S}}]}
        - right: {wait: PT3S}
- told: {emit: {event: {with: {type: told}}}}
- kid: {run: {workflow: {namespace: sim, name: leaf, version: latest, input: {n: 1}}}}
- last: )" +
         step("a") + "\n";
}

std::string leaf() {
  return head("leaf") + "- work: " + step("b") + "\n- rest: {wait: PT0.5S}\n";
}

std::string hear() {
  return head("hear") + "- hear: {listen: {to: {one: {with: {type: told}}}}}\n";
}

Json event(const std::string& type, const std::string& id) {
  return {{"specversion", "1.0"}, {"type", type}, {"source", "sim"}, {"id", id}, {"data", 1}};
}

}  // namespace

void Clients::deploy() {
  for (const auto& text : {order(), leaf(), hear()}) {
    engine_->deploy(workflow::SourceFormat::yaml, text, [this](const auto& result) {
      if (!result) record_.problems.push_back("deploy: " + result.error().what);
    });
  }
}

const std::string& Clients::any() {
  return ids_[draw(static_cast<std::uint32_t>(ids_.size()))];
}

void Clients::act() {
  const auto dice = draw(20);
  if (ids_.empty() || dice < 6) {
    // Now and then one that was started before, maybe without an answer.
    if (!ids_.empty() && draw(4) == 0) return start("order", any());
    const auto id = (draw(4) == 0 ? "hear-" : "order-") + std::to_string(ids_.size());
    ids_.push_back(id);
    return start(id.substr(0, id.find('-')), id);
  }
  if (dice < 12) {
    const auto& id = any();
    const auto& given = record_.given[id];
    if (!given.empty() && draw(3) == 0) return send(id, *given.begin());  // again
    return send(id, "e" + std::to_string(++events_));
  }
  if (dice < 14) return publish();
  if (dice < 16) return control(any(), actors::Verb::pause);
  if (dice < 18) return control(any(), actors::Verb::resume);
  if (draw(3) == 0) control(any(), draw(2) == 0 ? actors::Verb::cancel : actors::Verb::terminate);
}

void Clients::help(const std::vector<std::string>& live) {
  for (const auto& id : live) {
    control(id, actors::Verb::resume);
    send(id, "e" + std::to_string(++events_));
  }
  publish();
}

void Clients::start(const std::string& definition, const std::string& id) {
  record_.sent.insert(id);
  const std::string named = id.starts_with("hear") ? "hear" : definition;
  engine_->start({{"sim", id},
                  named,
                  std::nullopt,
                  workflow::Value(Json::object()),
                  actors::OnConflict::return_existing},
                 [this, id, life = record_.lives](const auto& result) {
                   if (life != record_.lives || !result) return;
                   ++record_.facts;
                   record_.started.insert(id);
                 });
}

void Clients::send(const std::string& id, const std::string& name) {
  record_.given[id].insert(name);
  engine_->send({"sim", id}, workflow::CloudEvent(event("go", name)),
                [this, id, name, life = record_.lives](const auto& result) {
                  if (life != record_.lives || !result) return;
                  ++record_.facts;
                  record_.taken[id].insert(name);
                });
}

void Clients::publish() {
  engine_->publish(workflow::CloudEvent(event("told", "p" + std::to_string(++events_))),
                   [](const auto&) {});
}

void Clients::control(const std::string& id, actors::Verb verb) {
  engine_->control({"sim", id}, verb, "", [this, id, verb, life = record_.lives](const auto& r) {
    if (life != record_.lives || !r) return;
    ++record_.facts;
    if (verb == actors::Verb::cancel || verb == actors::Verb::terminate)
      record_.given_up.insert(id);
  });
}

}  // namespace endure::simulation
