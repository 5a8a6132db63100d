// `call: asyncapi`: a message that is published, or a subscription.
#include <algorithm>
#include <string>
#include <vector>

#include "workflow/parse/call_protocol.hpp"
#include "workflow/parse/duration.hpp"
#include "workflow/parse/names.hpp"
#include "workflow/parse/runtime_expression.hpp"

namespace endure::workflow::parse {

namespace {

const std::vector<std::string> protocols = {
    "http",  "https",  "amqp",  "amqp1",   "anypointmq", "googlepubsub", "ibmmq", "jms",
    "kafka", "mqtt",   "mqtt5", "mercure", "nats",       "pulsar",       "redis", "sns",
    "sqs",   "solace", "stomp", "ws"};

void check_protocol(Context& context, const std::optional<Node>& node) {
  if (!node) return;
  const auto text = read_text(context, *node, "text (a protocol)");
  if (!text) return;
  const auto found = std::find(protocols.begin(), protocols.end(), *text);
  if (found == protocols.end()) {
    context.problems.add(node->pointer, shown(*text) + " is no protocol" + hint(*text, protocols));
  } else if (found - protocols.begin() > 1) {
    context.problems.unsupported(
        node->pointer, "the protocol " + shown(*text) + " of `call: asyncapi` (it speaks http)");
  }
}

void add_server(Context& context, const std::optional<Node>& node, ArgumentsBuilder& arguments) {
  if (!node) return;
  Fields fields(context, *node, "`server`");
  if (!fields.is_object()) return;
  ArgumentsBuilder server(context);
  server.add_text("name", fields.require("name", "the server's name in the document"));
  server.add_object("variables", fields.take("variables"));
  fields.finish();
  arguments.add("server", server.take());
}

void add_message(Context& context, const Node& node, ArgumentsBuilder& arguments) {
  Fields fields(context, node, "`message`");
  if (!fields.is_object()) return;
  ArgumentsBuilder message(context);
  message.add("payload", fields.take("payload"));
  message.add_object("headers", fields.take("headers"));
  fields.finish();
  arguments.add("message", message.take());
}

std::optional<Expression> take_condition(Context& context, Fields& fields, const char* key) {
  const auto node = fields.take(key);
  if (!node) return std::nullopt;
  return read_expression(context, *node);
}

void read_consume(Context& context, const Node& node, SubscribeTask& body) {
  Fields consume(context, node, "`consume`");
  if (!consume.is_object()) return;
  if (const auto amount = consume.take("amount")) {
    body.amount = read_integer(context, *amount, 1, 1'000'000);
  }
  body.while_ = take_condition(context, consume, "while");
  body.until = take_condition(context, consume, "until");
  if (const auto duration = consume.take("for")) body.for_ = read_duration(context, *duration);
  consume.finish();
  const int ends =
      int{consume.has("amount")} + int{consume.has("while")} + int{consume.has("until")};
  if (ends > 1 || (ends == 0 && !consume.has("for"))) {
    context.problems.add(node.pointer, "expected one of amount, while, until");
  }
}

void read_subscription(Context& context, TaskId task, const Node& node, SubscribeTask& body) {
  Fields subscription(context, node, "`subscription`");
  if (!subscription.is_object()) return;
  body.filter = take_condition(context, subscription, "filter");
  if (const auto consume = subscription.require("consume", "how much to consume")) {
    read_consume(context, *consume, body);
  }
  if (const auto each = subscription.take("foreach")) body.each = read_each(context, task, *each);
  subscription.finish();
}

}  // namespace

TaskBody parse_asyncapi(Context& context, TaskSource& task, Fields& with, CallProtocolTask body) {
  ArgumentsBuilder arguments(context);
  arguments.add("call", constant("asyncapi"));
  if (const auto document = with.require("document", "{endpoint: …} of an AsyncAPI document")) {
    body.endpoints.emplace_back("document", read_resource(context, *document, "`document`"));
  }
  const auto channel = with.take("channel");
  const auto operation = with.take("operation");
  if (channel.has_value() == operation.has_value()) {
    context.problems.add(with.node().pointer,
                         "expected exactly one of channel (AsyncAPI 2.6) and operation (3.0)");
  }
  arguments.add_text("channel", channel);
  arguments.add_text("operation", operation);
  add_server(context, with.take("server"), arguments);
  const auto protocol = with.take("protocol");
  check_protocol(context, protocol);
  arguments.add("protocol", protocol);
  arguments.add_authentication(with.take("authentication"));
  const auto message = with.take("message");
  const auto subscription = with.take("subscription");
  with.finish();
  if (message.has_value() == subscription.has_value()) {
    context.problems.add(with.node().pointer, "expected exactly one of message and subscription");
  }
  if (message) add_message(context, *message, arguments);
  body.arguments = arguments.take();
  if (!subscription) return body;
  SubscribeTask subscribe;
  read_subscription(context, task.id, *subscription, subscribe);
  subscribe.call = std::move(body);
  return subscribe;
}

}  // namespace endure::workflow::parse
