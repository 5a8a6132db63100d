#include "runtime/gateway/wire.hpp"

#include "runtime/gateway/msgpack_reader.hpp"

namespace endure::gateway {

namespace {

constexpr std::size_t max_token = 512;
constexpr std::size_t max_name = 256;
constexpr std::size_t max_text = 64 * 1024;  // what a fault or a refusal may say; cut further later
constexpr std::size_t max_long = 16 * 1024;  // task pointers, idempotency keys

tl::unexpected<Refusal> refuse(Refused code, std::string what) {
  return tl::unexpected<Refusal>(Refusal{code, std::move(what)});
}

// Reads the elements of an array, each by `read`.
template <class T, class Read>
std::vector<T> list(MsgpackReader& in, Read read) {
  const std::uint32_t size = in.array();
  if (size > max_items) in.fail("a list has more than 65536 elements");
  std::vector<T> items;
  if (!in.failed()) items.reserve(size);
  for (std::uint32_t i = 0; i < size && !in.failed(); ++i) items.push_back(read(in));
  return items;
}

// The elements of a tuple that a newer peer made longer are skipped.
void tuple(MsgpackReader& in, std::uint32_t fields, std::uint32_t& extra) {
  const std::uint32_t size = in.array();
  if (size < fields) in.fail("a tuple has too few fields");
  extra = size < fields ? 0 : size - fields;
}

template <class T, class Read>
T record(MsgpackReader& in, std::uint32_t fields, Read read) {
  std::uint32_t extra = 0;
  tuple(in, fields, extra);
  T item{};
  if (!in.failed()) read(item);
  for (; extra > 0 && !in.failed(); --extra) in.skip();
  return item;
}

std::vector<std::string_view> tokens(MsgpackReader& in) {
  return list<std::string_view>(in, [](MsgpackReader& r) { return r.text(max_token); });
}

std::uint32_t small_number(MsgpackReader& in) {
  const std::uint64_t number = in.number();
  if (number > UINT32_MAX) in.fail("a number is too large");
  return in.failed() ? 0 : static_cast<std::uint32_t>(number);
}

std::int64_t milliseconds(MsgpackReader& in) {
  return static_cast<std::int64_t>(in.number());
}

std::vector<QueueCredit> queue_credits(MsgpackReader& in) {
  return list<QueueCredit>(in, [](MsgpackReader& r) {
    return record<QueueCredit>(r, 2, [&r](QueueCredit& item) {
      item.queue = r.text(max_name);
      item.steps = small_number(r);
    });
  });
}

Hello hello(MsgpackReader& in) {
  Hello m;
  m.instance = in.text(max_name);
  m.worker = in.text(max_name);
  m.client = in.text(max_name);
  m.queues = queue_credits(in);
  m.held = tokens(in);
  return m;
}

Results results(MsgpackReader& in) {
  return {list<StepResult>(in, [](MsgpackReader& r) {
    return record<StepResult>(r, 2, [&r](StepResult& item) {
      item.token = r.text(max_token);
      item.value = r.raw(item.json_problem);
    });
  })};
}

void fault(MsgpackReader& in, StepError& item) {
  std::uint32_t extra = 0;
  tuple(in, 4, extra);
  item.type = in.text(max_text);
  item.title = in.text(max_text);
  item.detail = in.text(max_text);
  item.status = in.signed_number();
  for (; extra > 0 && !in.failed(); --extra) in.skip();
}

Errors errors(MsgpackReader& in) {
  return {list<StepError>(in, [](MsgpackReader& r) {
    return record<StepError>(r, 4, [&r](StepError& item) {
      item.token = r.text(max_token);
      fault(r, item);
      item.retryable = r.boolean();
      if (!r.nil()) item.retry_after_ms = r.number();
    });
  })};
}

Welcome welcome(MsgpackReader& in) {
  Welcome m;
  m.node = in.text(max_name);
  m.epoch = in.number();
  m.heartbeat_ms = milliseconds(in);
  m.limits = record<Limits>(in, 3, [&in](Limits& limits) {
    limits.message_bytes = in.number();
    limits.result_bytes = in.number();
    limits.credit = in.number();
  });
  return m;
}

Nodes nodes(MsgpackReader& in) {
  return {list<OtherNode>(in, [](MsgpackReader& r) {
    return record<OtherNode>(r, 2, [&r](OtherNode& item) {
      item.node = r.text(max_name);
      item.address = r.text(max_name);
    });
  })};
}

Steps steps(MsgpackReader& in) {
  return {list<Step>(in, [](MsgpackReader& r) {
    return record<Step>(r, 9, [&r](Step& item) {
      item.token = r.text(max_token);
      item.ns = r.text(max_name);
      item.workflow = r.text(max_name);
      item.queue = r.text(max_name);
      item.task = r.text(max_long);
      item.attempt = r.number();
      item.lease_ms = milliseconds(r);
      item.idempotency_key = r.text(max_long);
      const char* problem = nullptr;
      item.arguments = r.raw(problem);
    });
  })};
}

Answer answer(MsgpackReader& in) {
  const std::string_view code = in.text(max_name);
  for (const Answer known : {Answer::ok, Answer::stale, Answer::retry, Answer::invalid}) {
    if (code == to_string(known)) return known;
  }
  in.fail("an answer's code is unknown");
  return Answer::ok;
}

Answers answers(MsgpackReader& in) {
  return {list<StepAnswer>(in, [](MsgpackReader& r) {
    return record<StepAnswer>(r, 3, [&r](StepAnswer& item) {
      item.token = r.text(max_token);
      item.answer = answer(r);
      item.text = r.text(max_text);
    });
  })};
}

Revoke revoke(MsgpackReader& in) {
  return {list<Revoked>(in, [](MsgpackReader& r) {
    return record<Revoked>(r, 2, [&r](Revoked& item) {
      item.token = r.text(max_token);
      item.why = r.text(max_text);
    });
  })};
}

// "[version, type" of any message, and how many fields follow.
struct Head {
  std::uint64_t type = 0;
  std::uint32_t fields = 0;
};

Decoded<Head> head(MsgpackReader& in) {
  const std::uint32_t size = in.array();
  const std::uint64_t version = size < 1 ? 0 : in.number();
  if (in.failed()) return refuse(Refused::malformed, in.failure());
  if (size < 2) return refuse(Refused::malformed, "a message is an array [version, type, ...]");
  // Before the type: what follows a foreign version is not ours to understand.
  if (version != protocol_version) {
    return refuse(Refused::version, "this is version " + std::to_string(version) +
                                        " of the worker protocol; this side speaks version 1");
  }
  const std::uint64_t type = in.number();
  if (in.failed()) return refuse(Refused::malformed, in.failure());
  return Head{type, size - 2};
}

// Reads a message with at least `fields` fields by `read`; further ones are skipped.
template <class Message, class Read>
Decoded<Message> body(MsgpackReader& in, const Head& head, std::uint32_t fields, Read read) {
  if (head.fields < fields) {
    return refuse(Refused::malformed, "message type " + std::to_string(head.type) + " has " +
                                          std::to_string(fields) + " fields after its type, not " +
                                          std::to_string(head.fields));
  }
  Message message = read(in);
  for (std::uint32_t i = fields; i < head.fields && !in.failed(); ++i) in.skip();
  if (!in.failed() && !in.at_end()) in.fail("bytes follow the end of the message");
  if (in.failed()) {
    return refuse(Refused::malformed,
                  "message type " + std::to_string(head.type) + ": " + in.failure());
  }
  return message;
}

tl::unexpected<Refusal> unknown(const Head& head) {
  return refuse(Refused::unknown_type,
                "message type " + std::to_string(head.type) + " is unknown in this direction");
}

}  // namespace

std::string_view to_string(Refused code) {
  switch (code) {
    case Refused::malformed: return "malformed";
    case Refused::version: return "version";
    case Refused::unknown_type: return "unknown_type";
    case Refused::too_large: return "too_large";
    case Refused::unknown_session: return "unknown_session";
    case Refused::bad_queue: return "bad_queue";
    case Refused::limit: return "limit";
  }
  return "malformed";
}

std::string_view to_string(Answer answer) {
  switch (answer) {
    case Answer::ok: return "ok";
    case Answer::stale: return "stale";
    case Answer::retry: return "retry";
    case Answer::invalid: return "invalid";
  }
  return "retry";
}

Decoded<FromWorker> decode_from_worker(std::string_view bytes) {
  MsgpackReader in(bytes);
  const auto h = head(in);
  if (!h) return tl::unexpected<Refusal>(h.error());
  using M = FromWorker;
  switch (static_cast<Type>(h->type > UINT8_MAX ? 0 : h->type)) {
    case Type::hello: return body<M>(in, *h, 5, [](auto& r) { return M(hello(r)); });
    case Type::results: return body<M>(in, *h, 1, [](auto& r) { return M(results(r)); });
    case Type::errors: return body<M>(in, *h, 1, [](auto& r) { return M(errors(r)); });
    case Type::heartbeat:
      return body<M>(in, *h, 1, [](auto& r) { return M(Heartbeat{tokens(r)}); });
    case Type::credit:
      return body<M>(in, *h, 1, [](auto& r) { return M(Credit{queue_credits(r)}); });
    case Type::release: return body<M>(in, *h, 1, [](auto& r) { return M(Release{tokens(r)}); });
    case Type::drain: return body<M>(in, *h, 0, [](auto&) { return M(Drain{}); });
    case Type::goodbye:
      return body<M>(in, *h, 1, [](auto& r) { return M(Goodbye{tokens(r), {}}); });
    default: return unknown(*h);
  }
}

Decoded<FromNode> decode_from_node(std::string_view bytes) {
  MsgpackReader in(bytes);
  const auto h = head(in);
  if (!h) return tl::unexpected<Refusal>(h.error());
  using M = FromNode;
  switch (static_cast<Type>(h->type > UINT8_MAX ? 0 : h->type)) {
    case Type::welcome: return body<M>(in, *h, 4, [](auto& r) { return M(welcome(r)); });
    case Type::steps: return body<M>(in, *h, 1, [](auto& r) { return M(steps(r)); });
    case Type::answers: return body<M>(in, *h, 1, [](auto& r) { return M(answers(r)); });
    case Type::lost: return body<M>(in, *h, 1, [](auto& r) { return M(Lost{tokens(r)}); });
    case Type::revoke: return body<M>(in, *h, 1, [](auto& r) { return M(revoke(r)); });
    case Type::refused:
      return body<M>(in, *h, 2, [](auto& r) {
        Refuse m;
        m.code = r.text(max_name);
        m.what = r.text(max_text);
        return M(m);
      });
    case Type::goodbye:
      return body<M>(in, *h, 1, [](auto& r) { return M(Goodbye{{}, r.text(max_text)}); });
    case Type::nodes: return body<M>(in, *h, 1, [](auto& r) { return M(nodes(r)); });
    default: return unknown(*h);
  }
}

}  // namespace endure::gateway
