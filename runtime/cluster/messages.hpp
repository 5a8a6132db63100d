// What nodes say to each other in the calls and the news of a bridge, as bytes (msgpack in the
// records' envelope, so that a damaged one is found). Decoding takes anything: Code::corrupt or
// Code::invalid, nothing half-read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/placement.hpp"
#include "persistence/cluster_records.hpp"
#include "runtime/http/message.hpp"

namespace endure::cluster {

// Kinds of calls.
constexpr std::string_view api_call = "api";                  // a request of the HTTP API
constexpr std::string_view relay_call = "relay";              // messages of a channel
constexpr std::string_view members_call = "members";          // the lists of who belongs to it
constexpr std::string_view depart_call = "depart";            // leave, or stay
constexpr std::string_view definitions_call = "definitions";  // which definitions there are
constexpr std::string_view definition_call = "definition";    // one of them

// What a node tells all others, again and again.
struct News {
  bool born = false;
  std::string build;
  std::string http;  // where clients and workers reach it
  std::string workers;
  std::string definitions;  // a digest of those that it has
  struct Owned {
    Shard shard = 0;
    std::uint64_t epoch = 0;
    std::string to = {};  // where it is to go; empty: it stays

    bool operator==(const Owned&) const = default;
  };
  std::vector<Owned> shards;
  std::uint64_t members = 0;  // the version of its list

  bool operator==(const News&) const = default;
};
std::string encode(const News& news);
Result<News> decode_news(std::string_view bytes);

std::string encode(const MemberList& members);
Result<MemberList> decode_members(std::string_view bytes);

// To a node that is to leave the cluster of this list, or after all to stay.
struct DepartAsk {
  MemberList members;
  bool stays = false;
};
std::string encode(const DepartAsk& ask);
Result<DepartAsk> decode_depart(std::string_view bytes);

struct DepartAnswer {
  std::uint64_t waiting = 0;  // messages that others have not taken yet
  std::string problem;        // why it cannot; empty: it can
  bool shards = false;        // because it has shards
};
std::string encode(const DepartAnswer& answer);
Result<DepartAnswer> decode_depart_answer(std::string_view bytes);

std::string encode(const http::Request& request);
Result<http::Request> decode_request(std::string_view bytes);
std::string encode(const http::Response& response);
Result<http::Response> decode_response(std::string_view bytes);

struct RelayOffer {
  persistence::ChannelKey channel;
  std::uint64_t after = 0;
  std::vector<std::string> messages;
};
std::string encode(const RelayOffer& offer);
Result<RelayOffer> decode_offer(std::string_view bytes);

struct RelayAnswer {
  std::uint64_t taken = 0;
  std::string problem;  // why no more was taken; empty: nothing is wrong
};
std::string encode(const RelayAnswer& answer);
Result<RelayAnswer> decode_answer(std::string_view bytes);

struct DefinitionEntry {
  workflow::DefinitionRef ref;
  std::string digest;  // of its source
};
std::string encode(const std::vector<DefinitionEntry>& entries);
Result<std::vector<DefinitionEntry>> decode_entries(std::string_view bytes);
std::string encode(const workflow::DefinitionRef& ref);
Result<workflow::DefinitionRef> decode_ref(std::string_view bytes);
std::string encode(const persistence::DefinitionRow& row);
Result<persistence::DefinitionRow> decode_definition(std::string_view bytes);

}  // namespace endure::cluster
