#include "persistence/cluster_codec.hpp"

#include <optional>

#include "persistence/field_record.hpp"

namespace endure::persistence {

namespace {

constexpr std::uint8_t version = 1;  // of every record in this file but:
constexpr std::uint8_t version_with_members = 2;

template <class Write>
std::string encode(Write write) {
  return encode_fields(version, std::move(write));
}

template <class T, class Read>
Result<T> decode(std::string_view bytes, T into, Read read) {
  return decode_fields(bytes, version, std::move(into), std::move(read));
}

void write_text(Fields& f, const std::string& text) {
  f.text(1, text);
}

void read_text(Reader& r, std::string& into) {
  r.fields([&](std::uint64_t field) { field == 1 ? void(into = r.text()) : r.unknown_field(); });
}

void write_known(Fields& f, const KnownNode& known) {
  f.text(1, known.node);
  f.text(2, known.volume);
}

void read_known(Reader& r, KnownNode& into) {
  r.fields([&](std::uint64_t field) {
    switch (field) {
      case 1: into.node = r.text(); break;
      case 2: into.volume = r.text(); break;
      default: r.unknown_field();
    }
  });
}

void write_member(Fields& f, const Member& member) {
  f.text(1, member.node);
  f.text(2, member.address);
  f.natural(3, member.number);
  f.flag(4, member.gone);
}

void read_member(Reader& r, Member& into) {
  r.fields([&](std::uint64_t field) {
    switch (field) {
      case 1: into.node = r.text(); break;
      case 2: into.address = r.text(); break;
      case 3: into.number = r.natural_as<std::uint32_t>(); break;
      case 4: into.gone = r.flag(); break;
      default: r.unknown_field();
    }
  });
}

void write_message(Fields& f, const MailboxPut& message) {
  f.natural(1, message.sequence);
  f.bytes(2, message.event);
}

void read_message(Reader& r, MailboxPut& into) {
  r.fields([&](std::uint64_t field) {
    switch (field) {
      case 1: into.sequence = r.natural(); break;
      case 2: into.event = r.bytes(); break;
      default: r.unknown_field();
    }
  });
}

// -- messages: field 1 a delivery, 2 a child, 3 an event ---------------------------

void write(Fields& record, const Delivery& delivery) {
  record.nested(1, [&](Fields& f) {
    f.natural(1, delivery.workflow);
    f.nested(2, [&](Fields& inner) { write_message(inner, delivery.message); });
  });
}

void read(Reader& r, Delivery& into) {
  r.fields([&](std::uint64_t field) {
    switch (field) {
      case 1: into.workflow = r.natural(); break;
      case 2: read_message(r, into.message); break;
      default: r.unknown_field();
    }
  });
}

void write(Fields& record, const RelayedChild& message) {
  const ChildRow& child = message.child;
  record.nested(2, [&](Fields& f) {
    f.natural(1, message.parent);
    f.natural(2, child.workflow);
    f.text(3, child.name.ns);
    f.text(4, child.name.id);
    f.bytes(5, child.snapshot);
    f.bytes(6, child.history);
    f.nested(7, [&](Fields& inner) { write_message(inner, child.start); });
    f.nested(8, [&](Fields& inner) { write_message(inner, child.refusal); });
  });
}

void read(Reader& r, RelayedChild& into) {
  ChildRow& child = into.child;
  r.fields([&](std::uint64_t field) {
    switch (field) {
      case 1: into.parent = r.natural(); break;
      case 2: child.workflow = r.natural(); break;
      case 3: child.name.ns = r.text(); break;
      case 4: child.name.id = r.text(); break;
      case 5: child.snapshot = r.bytes(); break;
      case 6: child.history = r.bytes(); break;
      case 7: read_message(r, child.start); break;
      case 8: read_message(r, child.refusal); break;
      default: r.unknown_field();
    }
  });
}

void write(Fields& record, const RelayedEvent& message) {
  const OutboxRow& row = message.row;
  record.nested(3, [&](Fields& f) {
    f.natural(1, row.sequence);
    f.bytes(2, row.event);
    f.text(3, row.type);
    f.flag(4, row.keep);
    f.instant(5, row.accepted);
    f.text(6, row.identity);
  });
}

void read(Reader& r, RelayedEvent& into) {
  OutboxRow& row = into.row;
  r.fields([&](std::uint64_t field) {
    switch (field) {
      case 1: row.sequence = r.natural(); break;
      case 2: row.event = r.bytes(); break;
      case 3: row.type = r.text(); break;
      case 4: row.keep = r.flag(); break;
      case 5: row.accepted = r.instant(); break;
      case 6: row.identity = r.text(); break;
      default: r.unknown_field();
    }
  });
}

}  // namespace

// -- who is who -------------------------------------------------------------------

void write_members(Fields& f, const MemberList& members) {
  f.natural(1, members.version);
  f.list(2, members.all, write_member);
}

void read_members(Reader& r, MemberList& into) {
  r.fields([&](std::uint64_t field) {
    switch (field) {
      case 1: into.version = r.natural(); break;
      case 2: r.list(into.all, [&](Member& member) { read_member(r, member); }); break;
      default: r.unknown_field();
    }
  });
}

// While nobody was added or removed the record is as it was before that could be.
std::string encode_cluster(const ClusterRow& row) {
  const bool changed = row.members.version > 0 || row.departs;
  return encode_fields(changed ? version_with_members : version, [&](Fields& f) {
    f.text(1, row.identity.cluster);
    f.natural(2, row.identity.shards);
    f.text(3, row.identity.node);
    f.list(4, row.identity.nodes, write_text);
    f.text(5, row.volume);
    f.flag(6, row.born);
    f.list(7, row.known, write_known);
    if (changed) f.nested(8, [&](Fields& inner) { write_members(inner, row.members); });
    if (row.departs) f.natural(9, *row.departs);
  });
}

Result<ClusterRow> decode_cluster(std::string_view bytes) {
  const auto read = [](Reader& r, std::uint64_t field, ClusterRow& into) {
    switch (field) {
      case 1: into.identity.cluster = r.text(); break;
      case 2: into.identity.shards = r.natural_as<std::uint32_t>(); break;
      case 3: into.identity.node = r.text(); break;
      case 4: r.list(into.identity.nodes, [&](std::string& node) { read_text(r, node); }); break;
      case 5: into.volume = r.text(); break;
      case 6: into.born = r.flag(); break;
      case 7: r.list(into.known, [&](KnownNode& known) { read_known(r, known); }); break;
      case 8: read_members(r, into.members); break;
      case 9: into.departs = r.natural(); break;
      default: r.unknown_field();
    }
  };
  auto row = decode_fields(bytes, version_with_members, ClusterRow(), read);
  if (row && row->members.all.empty()) row->members = born_with(row->identity.nodes);
  return row;
}

bool is_leaving(const ClusterRow& row) {
  if (!row.born) return false;
  return row.departs == row.members.version || !row.members.has(row.identity.node);
}

std::string encode_shard(const ShardRow& row) {
  return encode([&](Fields& f) {
    f.natural(1, static_cast<std::uint64_t>(row.state));
    f.text(2, row.owner);
    f.natural(3, row.epoch);
    f.text(4, row.to);
    f.natural(5, row.attempt);
    f.natural(6, row.parts);
    f.flag(7, row.complete);
    f.flag(8, row.has_rows);
  });
}

Result<ShardRow> decode_shard(Shard shard, std::string_view bytes) {
  ShardRow row;
  row.shard = shard;
  row.epoch = 0;
  return decode(bytes, std::move(row), [](Reader& r, std::uint64_t field, ShardRow& into) {
    switch (field) {
      case 1: into.state = r.enumerator(ShardRow::State::arriving); break;
      case 2: into.owner = r.text(); break;
      case 3: into.epoch = r.natural(); break;
      case 4: into.to = r.text(); break;
      case 5: into.attempt = r.natural(); break;
      case 6: into.parts = r.natural(); break;
      case 7: into.complete = r.flag(); break;
      case 8: into.has_rows = r.flag(); break;
      default: r.unknown_field();
    }
  });
}

std::string encode_channel(const ChannelRow& row) {
  return encode([&](Fields& f) {
    f.natural(1, row.sent);
    f.natural(2, row.acked);
    f.natural(3, row.taken);
  });
}

Result<ChannelRow> decode_channel(std::string_view bytes) {
  return decode(bytes, ChannelRow(), [](Reader& r, std::uint64_t field, ChannelRow& into) {
    switch (field) {
      case 1: into.sent = r.natural(); break;
      case 2: into.acked = r.natural(); break;
      case 3: into.taken = r.natural(); break;
      default: r.unknown_field();
    }
  });
}

std::string encode_sequences(const std::vector<std::uint64_t>& sequences) {
  return encode([&](Fields& f) {
    f.list(1, sequences, [](Fields& each, std::uint64_t sequence) { each.natural(1, sequence); });
  });
}

Result<std::vector<std::uint64_t>> decode_sequences(std::string_view bytes) {
  return decode(bytes, std::vector<std::uint64_t>(),
                [](Reader& r, std::uint64_t field, std::vector<std::uint64_t>& into) {
                  if (field != 1) return r.unknown_field();
                  r.list(into, [&](std::uint64_t& sequence) {
                    r.fields([&](std::uint64_t each) {
                      each == 1 ? void(sequence = r.natural()) : r.unknown_field();
                    });
                  });
                });
}

// -- messages ---------------------------------------------------------------------

std::string encode_relayed(const Relayed& message) {
  return encode([&](Fields& f) { std::visit([&](const auto& one) { write(f, one); }, message); });
}

Result<Relayed> decode_relayed(std::string_view bytes) {
  auto message = decode(bytes, std::optional<Relayed>(),
                        [](Reader& r, std::uint64_t field, std::optional<Relayed>& into) {
                          switch (field) {
                            case 1: read(r, into.emplace().emplace<Delivery>()); break;
                            case 2: read(r, into.emplace().emplace<RelayedChild>()); break;
                            case 3: read(r, into.emplace().emplace<RelayedEvent>()); break;
                            default: r.unknown_field();
                          }
                        });
  if (!message) return Failure(message.error());
  if (!*message) return fail(Code::corrupt, "the record is damaged: it says nothing");
  return **std::move(message);
}

}  // namespace endure::persistence
