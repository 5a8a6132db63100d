// The bodies of `call: openapi`, `asyncapi`, `mcp` and `a2a`. Each makes of `with` what its step
// will carry; the members are those that runtime/calls reads.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "workflow/parse/endpoint.hpp"
#include "workflow/parse/fields.hpp"
#include "workflow/parse/task.hpp"

namespace endure::workflow::parse {

TaskBody parse_call_protocol(Context& context, TaskSource& task, const std::string& name,
                             const std::optional<Node>& with);

void parse_openapi(Context& context, Fields& with, CallProtocolTask& body);
void parse_mcp(Context& context, Fields& with, CallProtocolTask& body);
void parse_a2a(Context& context, Fields& with, CallProtocolTask& body);
TaskBody parse_asyncapi(Context& context, TaskSource& task, Fields& with, CallProtocolTask body);

// The arguments of a step as they are gathered, member by member.
class ArgumentsBuilder {
 public:
  explicit ArgumentsBuilder(Context& context) : context_(context) {}

  void add(std::string key, Template value) {
    members_.push_back({std::move(key), std::move(value)});
  }
  void add(const std::string& key, const std::optional<Node>& node);         // where it is there
  void add_object(const std::string& key, const std::optional<Node>& node);  // or an expression
  void add_text(const std::string& key, const std::optional<Node>& node);    // or an expression
  void add_texts(const std::string& key, const std::optional<Node>& node);   // a list of them
  void add_pairs(const std::string& key, const std::optional<Node>& node);   // text by name
  void add_authentication(const std::optional<Node>& node);
  void add_output(Fields& with);  // `output` and `redirect`

  Template take() { return Template{std::move(members_)}; }

 private:
  Context& context_;
  Template::Object members_;
};

}  // namespace endure::workflow::parse
