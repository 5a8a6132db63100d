#include "runtime/bridge/wire.hpp"

#include <algorithm>

#include "base/placement.hpp"
#include "runtime/gateway/msgpack_reader.hpp"
#include "runtime/messaging/frame_writer.hpp"

namespace endure::bridge {

namespace {

using gateway::MsgpackReader;

enum class Type : std::uint8_t {
  hello = 1,
  welcome = 2,
  refused = 3,
  beat = 4,
  beaten = 5,
  call = 6,
  answer = 7,
  goodbye = 8
};

constexpr std::size_t longest_name = 256;
constexpr std::size_t longest_text = 4'096;
constexpr std::size_t length_bytes = 4;

class Out : public messaging::FrameWriter {
 public:
  Out(Type type, std::size_t fields)
      : FrameWriter(protocol_version, static_cast<std::uint64_t>(type), fields) {}
};

std::string encode(Type type, const Greeting& greeting) {
  Out out(type, 12);
  out.number(greeting.protocol);
  out.text(greeting.build);
  out.text(greeting.cluster);
  out.text(greeting.node);
  out.text(greeting.to);
  out.number(greeting.shards);
  out.text(greeting.volume);
  out.number(greeting.epoch);
  out.array(greeting.born.size());
  for (const auto& name : greeting.born) out.text(name);
  out.flag(greeting.is_born);
  out.number(greeting.members.version);
  out.array(greeting.members.all.size());
  for (const auto& member : greeting.members.all) {
    out.array(3);  // its number is its place
    out.text(member.node);
    out.text(member.address);
    out.flag(member.gone);
  }
  return out.take();
}

std::string encode_beat(Type type, std::uint64_t stamp, std::uint64_t counter,
                        std::string_view news) {
  Out out(type, 3);
  out.number(stamp);
  out.number(counter);
  out.bytes(news);
  return out.take();
}

// `bin` of any length, which lies in the span.
std::string_view bytes_of(MsgpackReader& in) {
  const char* problem = nullptr;
  const auto raw = in.raw(problem);
  if (in.failed() || raw.empty()) return {};
  const auto head = static_cast<std::uint8_t>(raw.front());
  const std::size_t skip = head == 0xc4 ? 2 : head == 0xc5 ? 3 : head == 0xc6 ? 5 : 0;
  if (skip == 0) {
    in.fail("bytes are expected");
    return {};
  }
  return raw.substr(skip);
}

MemberList members_of(MsgpackReader& in) {
  MemberList out;
  out.version = in.number();
  const auto count = in.array();
  if (count > max_nodes) in.fail("too many members");
  for (std::uint32_t i = 0; i < count && !in.failed(); ++i) {
    if (in.array() != 3) in.fail("a member has three fields");
    Member member{std::string(in.text(longest_name)), std::string(in.text(longest_name)), i, false};
    member.gone = in.boolean();
    out.all.push_back(std::move(member));
  }
  return out;
}

// Of another version only what it is: its other fields may be anything.
Greeting greeting_of(MsgpackReader& in) {
  Greeting out;
  out.protocol = in.number();
  out.build = std::string(in.text(longest_name));
  if (out.protocol != protocol_version) return out;
  out.cluster = std::string(in.text(longest_name));
  out.node = std::string(in.text(longest_name));
  out.to = std::string(in.text(longest_name));
  out.shards = in.number();
  out.volume = std::string(in.text(longest_name));
  out.epoch = in.number();
  const auto count = in.array();
  if (count > max_nodes) in.fail("too many nodes");
  for (std::uint32_t i = 0; i < count && !in.failed(); ++i) {
    out.born.emplace_back(in.text(longest_name));
  }
  out.is_born = in.boolean();
  out.members = members_of(in);
  return out;
}

Message read_message(MsgpackReader& in, Type type) {
  switch (type) {
    case Type::hello: return Hello{greeting_of(in)};
    case Type::welcome: return Welcome{greeting_of(in)};
    case Type::refused: return Refused{in.text(longest_text)};
    case Type::beat: {
      Beat beat{in.number(), in.number(), {}};
      beat.news = bytes_of(in);
      return beat;
    }
    case Type::beaten: {
      Beaten beaten{in.number(), in.number(), {}};
      beaten.news = bytes_of(in);
      return beaten;
    }
    case Type::call: {
      Call call{in.number(), in.number(), in.text(longest_name), {}};
      call.body = bytes_of(in);
      return call;
    }
    case Type::answer: {
      Answer answer{in.number(), in.boolean(), {}};
      answer.body = bytes_of(in);
      return answer;
    }
    case Type::goodbye: return Goodbye{};
  }
  return Goodbye{};
}

}  // namespace

std::string encode(const Hello& message) {
  return encode(Type::hello, message.greeting);
}
std::string encode(const Welcome& message) {
  return encode(Type::welcome, message.greeting);
}
std::string encode(const Refused& message) {
  Out out(Type::refused, 1);
  out.text(message.what.substr(0, longest_text));
  return out.take();
}
std::string encode(const Beat& message) {
  return encode_beat(Type::beat, message.stamp, message.counter, message.news);
}
std::string encode(const Beaten& message) {
  return encode_beat(Type::beaten, message.stamp, message.counter, message.news);
}
std::string encode(const Call& message) {
  Out out(Type::call, 4);
  out.number(message.id);
  out.number(message.timeout_ms);
  out.text(message.kind);
  out.bytes(message.body);
  return out.take();
}
std::string encode(const Answer& message) {
  Out out(Type::answer, 3);
  out.number(message.id);
  out.flag(message.taken);
  out.bytes(message.body);
  return out.take();
}
std::string encode(const Goodbye&) {
  return Out(Type::goodbye, 0).take();
}

Decoded<Message> decode(std::string_view bytes) {
  MsgpackReader in(bytes);
  const auto fields = in.array();
  const auto version = in.number();
  const auto type = in.number();
  if (in.failed() || fields < 2) return tl::make_unexpected(std::string("no message of a bridge"));
  if (type == 0 || type > static_cast<std::uint64_t>(Type::goodbye)) {
    return tl::make_unexpected("a message of the unknown type " + std::to_string(type));
  }
  const bool greets = type <= static_cast<std::uint64_t>(Type::refused);
  if (version != protocol_version && !greets) {
    return tl::make_unexpected("version " + std::to_string(version) + " of the bridge protocol");
  }
  auto message = read_message(in, static_cast<Type>(type));
  if (in.failed()) return tl::make_unexpected("malformed: " + in.failure());
  return message;
}

// -- frames -----------------------------------------------------------------------

void append_to_frame(std::string& frame, std::string_view message) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    frame.push_back(static_cast<char>(message.size() >> static_cast<unsigned>(shift)));
  }
  frame.append(message);
}

Decoded<std::vector<std::string_view>> split_frame(std::string_view frame) {
  std::vector<std::string_view> messages;
  while (!frame.empty()) {
    if (frame.size() < length_bytes) return tl::make_unexpected(std::string("a cut frame"));
    std::size_t size = 0;
    for (std::size_t i = 0; i < length_bytes; ++i) {
      size = size << 8U | static_cast<std::uint8_t>(frame[i]);
    }
    frame.remove_prefix(length_bytes);
    if (size > frame.size()) return tl::make_unexpected(std::string("a cut frame"));
    messages.push_back(frame.substr(0, size));
    frame.remove_prefix(size);
  }
  return messages;
}

}  // namespace endure::bridge
