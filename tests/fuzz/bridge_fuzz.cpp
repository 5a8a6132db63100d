// Any bytes as what another node of the cluster says (see bridge_kinds.hpp): they must be refused
// with a sentence, or give a value that is encoded to something that decodes to the same. A link
// that hears them must stay one that can be closed.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "persistence/cluster_codec.hpp"
#include "persistence/envelope.hpp"
#include "runtime/bridge/link.hpp"
#include "runtime/bridge/wire.hpp"
#include "runtime/cluster/messages.hpp"
#include "runtime/cluster/move_messages.hpp"
#include "tests/fuzz/bridge_kinds.hpp"
#include "tests/fuzz/require.hpp"

namespace {

using namespace endure;
using namespace endure::testing;

void check_error(const Error& error) {
  require(error.code == Code::corrupt || error.code == Code::invalid, "an error of another kind",
          error.what);
  require(!error.what.empty(), "refused without a sentence");
}

template <class Decode, class Encode>
void check_record(std::string_view bytes, Decode decode, Encode encode) {
  const auto value = decode(bytes);
  if (!value) return check_error(value.error());
  const std::string written = encode(*value);
  const auto again = decode(written);
  require(again.has_value(), "what was just written cannot be read", InHex{written});
  require(encode(*again) == written, "it changed as it was written", InHex{written});
}

template <class Decode>
void check_message(std::string_view bytes, Decode decode) {
  check_record(bytes, decode, [](const auto& value) { return cluster::encode(value); });
}

std::string encoded(const bridge::Message& message) {
  return std::visit([](const auto& one) { return bridge::encode(one); }, message);
}

void check_wire(std::string_view bytes) {
  const auto message = bridge::decode(bytes);
  if (!message) return require(!message.error().empty(), "refused without a sentence");
  const auto written = encoded(*message);
  const auto again = bridge::decode(written);
  require(again.has_value(), "the wire cannot read what it wrote", InHex{written});
  require(encoded(*again) == written, "the wire changed a message", InHex{written});
}

void check_frame(std::string_view bytes) {
  const auto messages = bridge::split_frame(bytes);
  if (!messages) return require(!messages.error().empty(), "refused without a sentence");
  std::string frame;
  for (const auto message : *messages) {
    bridge::append_to_frame(frame, message);
    check_wire(message);
  }
  require(frame == bytes, "a frame changed", InHex{bytes});
}

// A link that has dialled and hears the frame's messages, with calls under way.
void check_link(std::string_view bytes) {
  const auto messages = bridge::split_frame(bytes);
  if (!messages) return;
  int replies = 0;
  std::size_t unqueued = 0;
  bridge::PeerLink::Events events;
  events.admit = [](const bridge::Greeting& theirs) {
    return theirs.cluster == "test" ? std::string() : "of another cluster";
  };
  events.changed = [](bool) {};
  events.heard = [](std::uint64_t, std::string_view) {};
  events.unqueued = [&](std::size_t count) { unqueued += count; };
  bridge::PeerLink link("b", {}, events);
  bridge::Greeting own;
  own.cluster = "test";
  own.node = "a";
  link.on_dialled(own, 0);
  std::int64_t now_ms = 1;
  int calls = 0;
  for (const auto bytes_of_one : *messages) {
    const auto message = bridge::decode(bytes_of_one);
    if (message) link.on_message(*message, now_ms, now_ms * 1'000);
    if (link.view().state == bridge::LinkState::up && calls < 8) {
      ++calls;
      link.call({"kind", "body", now_ms + 5, [&](const Result<std::string>&) { ++replies; }},
                now_ms);
    }
    while (link.next_frame() != nullptr) link.sent();
    link.on_time(now_ms, now_ms * 1'000, 7, "news");
    now_ms += 3;
  }
  link.close(now_ms);
  require(replies == calls, "a call was not answered exactly once");
}

void check_payload(BridgeKind kind, std::string_view bytes) {
  using persistence::encode_cluster;
  switch (kind) {
    case BridgeKind::news: return check_message(bytes, cluster::decode_news);
    case BridgeKind::members: return check_message(bytes, cluster::decode_members);
    case BridgeKind::depart: return check_message(bytes, cluster::decode_depart);
    case BridgeKind::depart_answer: return check_message(bytes, cluster::decode_depart_answer);
    case BridgeKind::request: return check_message(bytes, cluster::decode_request);
    case BridgeKind::response: return check_message(bytes, cluster::decode_response);
    case BridgeKind::relay_offer: return check_message(bytes, cluster::decode_offer);
    case BridgeKind::relay_answer: return check_message(bytes, cluster::decode_answer);
    case BridgeKind::definitions: return check_message(bytes, cluster::decode_entries);
    case BridgeKind::definition_ref: return check_message(bytes, cluster::decode_ref);
    case BridgeKind::definition: return check_message(bytes, cluster::decode_definition);
    case BridgeKind::move_offer: return check_message(bytes, cluster::decode_move);
    case BridgeKind::move_answer: return check_message(bytes, cluster::decode_move_answer);
    case BridgeKind::relayed:
      return check_record(bytes, persistence::decode_relayed, persistence::encode_relayed);
    case BridgeKind::cluster:
      return check_record(bytes, persistence::decode_cluster, persistence::encode_cluster);
    case BridgeKind::shard:
      return check_record(
          bytes, [](std::string_view record) { return persistence::decode_shard(7, record); },
          persistence::encode_shard);
    case BridgeKind::channel:
      return check_record(bytes, persistence::decode_channel, persistence::encode_channel);
    case BridgeKind::sequences:
      return check_record(bytes, persistence::decode_sequences, persistence::encode_sequences);
    default: return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto kind =
      static_cast<BridgeKind>((data[0] & 0x7FU) % static_cast<unsigned>(BridgeKind::count));
  switch (kind) {
    case BridgeKind::frame: check_frame(input); return 0;
    case BridgeKind::message: check_wire(input); return 0;
    case BridgeKind::link: check_link(input); return 0;
    default: break;
  }
  if ((data[0] & unsealed) == 0) {
    check_payload(kind, input);
    return 0;
  }
  std::string record(persistence::envelope_bytes, '\0');
  record += input;
  persistence::seal(record, 1);
  check_payload(kind, record);
  return 0;
}
