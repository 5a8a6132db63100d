#include "runtime/gateway/wire.hpp"
#include "runtime/messaging/frame_writer.hpp"

namespace endure::gateway {

namespace {

class Out : public messaging::FrameWriter {
 public:
  Out(Type type, std::size_t fields)
      : FrameWriter(protocol_version, static_cast<std::uint64_t>(type), fields) {}
};

void write_tokens(Out& out, const std::vector<std::string_view>& tokens) {
  out.array(tokens.size());
  for (const auto token : tokens) out.text(token);
}

void write_credits(Out& out, const std::vector<QueueCredit>& queues) {
  out.array(queues.size());
  for (const auto& item : queues) {
    out.array(2);
    out.text(item.queue);
    out.number(item.steps);
  }
}

std::uint64_t positive(std::int64_t number) {
  return number < 0 ? 0 : static_cast<std::uint64_t>(number);
}

}  // namespace

std::string encode(const Hello& message) {
  Out out(Type::hello, 5);
  out.text(message.instance);
  out.text(message.worker);
  out.text(message.client);
  write_credits(out, message.queues);
  write_tokens(out, message.held);
  return out.take();
}

std::string encode(const Results& message) {
  Out out(Type::results, 1);
  out.array(message.items.size());
  for (const auto& item : message.items) {
    out.array(2);
    out.text(item.token);
    out.raw(item.value);
  }
  return out.take();
}

std::string encode(const Errors& message) {
  Out out(Type::errors, 1);
  out.array(message.items.size());
  for (const auto& item : message.items) {
    out.array(4);
    out.text(item.token);
    out.array(4);
    out.text(item.type);
    out.text(item.title);
    out.text(item.detail);
    out.number(positive(item.status));
    out.flag(item.retryable);
    if (item.retry_after_ms) {
      out.number(*item.retry_after_ms);
    } else {
      out.nil();
    }
  }
  return out.take();
}

std::string encode(const Heartbeat& message) {
  Out out(Type::heartbeat, 1);
  write_tokens(out, message.tokens);
  return out.take();
}

std::string encode(const Credit& message) {
  Out out(Type::credit, 1);
  write_credits(out, message.queues);
  return out.take();
}

std::string encode(const Release& message) {
  Out out(Type::release, 1);
  write_tokens(out, message.tokens);
  return out.take();
}

std::string encode(const Drain&) {
  return Out(Type::drain, 0).take();
}

std::string encode(const Goodbye& message, bool from_worker) {
  Out out(Type::goodbye, 1);
  if (from_worker) {
    write_tokens(out, message.tokens);
  } else {
    out.text(message.why);
  }
  return out.take();
}

std::string encode(const Welcome& message) {
  Out out(Type::welcome, 4);
  out.text(message.node);
  out.number(message.epoch);
  out.number(positive(message.heartbeat_ms));
  out.array(3);
  out.number(message.limits.message_bytes);
  out.number(message.limits.result_bytes);
  out.number(message.limits.credit);
  return out.take();
}

std::string encode(const Nodes& message) {
  Out out(Type::nodes, 1);
  out.array(message.items.size());
  for (const auto& item : message.items) {
    out.array(2);
    out.text(item.node);
    out.text(item.address);
  }
  return out.take();
}

std::string encode(const Steps& message) {
  Out out(Type::steps, 1);
  out.array(message.items.size());
  for (const auto& item : message.items) {
    out.array(9);
    out.text(item.token);
    out.text(item.ns);
    out.text(item.workflow);
    out.text(item.queue);
    out.text(item.task);
    out.number(item.attempt);
    out.number(positive(item.lease_ms));
    out.text(item.idempotency_key);
    out.raw(item.arguments);
  }
  return out.take();
}

std::string encode(const Answers& message) {
  Out out(Type::answers, 1);
  out.array(message.items.size());
  for (const auto& item : message.items) {
    out.array(3);
    out.text(item.token);
    out.text(to_string(item.answer));
    out.text(item.text);
  }
  return out.take();
}

std::string encode(const Lost& message) {
  Out out(Type::lost, 1);
  write_tokens(out, message.tokens);
  return out.take();
}

std::string encode(const Revoke& message) {
  Out out(Type::revoke, 1);
  out.array(message.items.size());
  for (const auto& item : message.items) {
    out.array(2);
    out.text(item.token);
    out.text(item.why);
  }
  return out.take();
}

std::string encode(const Refuse& message) {
  Out out(Type::refused, 2);
  out.text(message.code);
  out.text(message.what);
  return out.take();
}

}  // namespace endure::gateway
