// The bridge protocol, version 2: what the nodes of a cluster say to each other. Messages are
// msgpack arrays [version, type, fields...]; several of them travel in one frame, each behind its
// length (four bytes, highest first).
//
// Each node dials each other one. On a connection the dialler says hello, beats and calls; the
// other says welcome or refused, and answers. Decoding takes anything: errors are texts, nothing
// throws. Decoded texts point into the bytes that they were read from.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

#include "base/members.hpp"

namespace endure::bridge {

constexpr std::uint64_t protocol_version = 2;

// The first message in both directions. Its first two fields are never changed by a later version,
// so that two versions can tell each other apart and say so.
struct Greeting {
  std::uint64_t protocol = protocol_version;
  std::string build;    // the program's version
  std::string cluster;  // its name
  std::string node;     // who speaks
  std::string to;       // who is meant
  std::uint64_t shards = 0;
  std::string volume;             // the identity of the speaker's volume
  std::uint64_t epoch = 0;        // openings of that volume
  std::vector<std::string> born;  // the nodes that the cluster was, or is to be, born with
  bool is_born = false;
  MemberList members;  // who belongs to it now; before the birth, who is to

  bool operator==(const Greeting&) const = default;
};
struct Hello {
  Greeting greeting;
};
struct Welcome {
  Greeting greeting;
};
struct Refused {
  std::string_view what;  // a sentence for a person
};
// `stamp` comes back as it is; `counter` is the speaker's sequence counter, `news` what it wants
// the other to know (nodes of one version read it; see runtime/cluster/news.hpp).
struct Beat {
  std::uint64_t stamp = 0;
  std::uint64_t counter = 0;
  std::string_view news;
};
struct Beaten {
  std::uint64_t stamp = 0;
  std::uint64_t counter = 0;
  std::string_view news;
};
struct Call {
  std::uint64_t id = 0;
  std::uint64_t timeout_ms = 0;  // what the caller still waits for
  std::string_view kind;         // who takes it at the other side
  std::string_view body;
};
struct Answer {
  std::uint64_t id = 0;
  bool taken = false;  // false: nobody has looked at the call; `body` says why
  std::string_view body;
};
struct Goodbye {};  // from either side: the connection is not used any more

using Message = std::variant<Hello, Welcome, Refused, Beat, Beaten, Call, Answer, Goodbye>;

template <class T>
using Decoded = tl::expected<T, std::string>;

std::string encode(const Hello& message);
std::string encode(const Welcome& message);
std::string encode(const Refused& message);
std::string encode(const Beat& message);
std::string encode(const Beaten& message);
std::string encode(const Call& message);
std::string encode(const Answer& message);
std::string encode(const Goodbye& message);

Decoded<Message> decode(std::string_view bytes);

// -- frames -----------------------------------------------------------------------

void append_to_frame(std::string& frame, std::string_view message);
// The messages of a frame; an error where the lengths do not fit.
Decoded<std::vector<std::string_view>> split_frame(std::string_view frame);

}  // namespace endure::bridge
