#include "runtime/cluster/messages.hpp"

#include "persistence/cluster_codec.hpp"
#include "persistence/field_record.hpp"

namespace endure::cluster {

namespace {

using persistence::Fields;
using persistence::Reader;

constexpr std::uint8_t version = 1;

template <class Write>
std::string write(Write fill) {
  return persistence::encode_fields(version, std::move(fill));
}

template <class T, class Read>
Result<T> read(std::string_view bytes, Read take) {
  return persistence::decode_fields(bytes, version, T(), std::move(take));
}

template <class Take>
void inner(Reader& r, Take take) {
  r.fields([&](std::uint64_t field) { take(field); });
}

void write_header(Fields& f, const std::pair<std::string, std::string>& header) {
  f.bytes(1, header.first);
  f.bytes(2, header.second);
}

void read_header(Reader& r, std::pair<std::string, std::string>& into) {
  inner(r, [&](std::uint64_t field) {
    switch (field) {
      case 1: into.first = r.bytes(); break;
      case 2: into.second = r.bytes(); break;
      default: r.unknown_field();
    }
  });
}

void write_ref(Fields& f, const workflow::DefinitionRef& ref) {
  f.text(1, ref.ns);
  f.text(2, ref.name);
  f.text(3, ref.version);
}

bool read_ref(Reader& r, std::uint64_t field, workflow::DefinitionRef& into) {
  switch (field) {
    case 1: into.ns = r.text(); return true;
    case 2: into.name = r.text(); return true;
    case 3: into.version = r.text(); return true;
    default: return false;
  }
}

}  // namespace

std::string encode(const News& news) {
  return write([&](Fields& f) {
    f.flag(1, news.born);
    f.text(2, news.build);
    f.text(3, news.http);
    f.text(4, news.workers);
    f.text(5, news.definitions);
    f.list(6, news.shards, [](Fields& owned, const News::Owned& item) {
      owned.natural(1, item.shard);
      owned.natural(2, item.epoch);
      if (!item.to.empty()) owned.text(3, item.to);
    });
    f.natural(7, news.members);
  });
}

Result<News> decode_news(std::string_view bytes) {
  return read<News>(bytes, [](Reader& r, std::uint64_t field, News& into) {
    switch (field) {
      case 1: into.born = r.flag(); break;
      case 2: into.build = r.text(); break;
      case 3: into.http = r.text(); break;
      case 4: into.workers = r.text(); break;
      case 5: into.definitions = r.text(); break;
      case 6:
        r.list(into.shards, [&](News::Owned& item) {
          inner(r, [&](std::uint64_t owned) {
            switch (owned) {
              case 1: item.shard = r.natural_as<Shard>(); break;
              case 2: item.epoch = r.natural(); break;
              case 3: item.to = r.text(); break;
              default: r.unknown_field();
            }
          });
        });
        break;
      case 7: into.members = r.natural(); break;
      default: r.unknown_field();
    }
  });
}

std::string encode(const MemberList& members) {
  return write([&](Fields& f) {
    f.nested(1, [&](Fields& list) { persistence::write_members(list, members); });
  });
}

Result<MemberList> decode_members(std::string_view bytes) {
  return read<MemberList>(bytes, [](Reader& r, std::uint64_t field, MemberList& into) {
    field == 1 ? persistence::read_members(r, into) : r.unknown_field();
  });
}

std::string encode(const DepartAsk& ask) {
  return write([&](Fields& f) {
    f.nested(1, [&](Fields& list) { persistence::write_members(list, ask.members); });
    f.flag(2, ask.stays);
  });
}

Result<DepartAsk> decode_depart(std::string_view bytes) {
  return read<DepartAsk>(bytes, [](Reader& r, std::uint64_t field, DepartAsk& into) {
    switch (field) {
      case 1: persistence::read_members(r, into.members); break;
      case 2: into.stays = r.flag(); break;
      default: r.unknown_field();
    }
  });
}

std::string encode(const DepartAnswer& answer) {
  return write([&](Fields& f) {
    f.natural(1, answer.waiting);
    f.text(2, answer.problem);
    f.flag(3, answer.shards);
  });
}

Result<DepartAnswer> decode_depart_answer(std::string_view bytes) {
  return read<DepartAnswer>(bytes, [](Reader& r, std::uint64_t field, DepartAnswer& into) {
    switch (field) {
      case 1: into.waiting = r.natural(); break;
      case 2: into.problem = r.text(); break;
      case 3: into.shards = r.flag(); break;
      default: r.unknown_field();
    }
  });
}

std::string encode(const http::Request& request) {
  const std::vector<std::pair<std::string, std::string>> headers(request.headers.begin(),
                                                                 request.headers.end());
  return write([&](Fields& f) {
    f.text(1, request.method);
    f.bytes(2, request.target);
    f.list(3, headers, write_header);
    f.bytes(4, request.body);
  });
}

Result<http::Request> decode_request(std::string_view bytes) {
  return read<http::Request>(bytes, [](Reader& r, std::uint64_t field, http::Request& into) {
    switch (field) {
      case 1: into.method = r.text(); break;
      case 2: into.target = r.bytes(); break;
      case 3: {
        std::vector<std::pair<std::string, std::string>> headers;
        r.list(headers, [&](auto& header) { read_header(r, header); });
        for (auto& [name, value] : headers) into.headers.emplace(std::move(name), std::move(value));
        break;
      }
      case 4: into.body = r.bytes(); break;
      default: r.unknown_field();
    }
  });
}

std::string encode(const http::Response& response) {
  return write([&](Fields& f) {
    f.natural(1, static_cast<std::uint64_t>(response.status));
    f.text(2, response.content_type);
    f.list(3, response.headers, write_header);
    f.bytes(4, response.body);
  });
}

Result<http::Response> decode_response(std::string_view bytes) {
  return read<http::Response>(bytes, [](Reader& r, std::uint64_t field, http::Response& into) {
    switch (field) {
      case 1: into.status = static_cast<int>(r.natural_up_to(999)); break;
      case 2: into.content_type = r.text(); break;
      case 3: r.list(into.headers, [&](auto& header) { read_header(r, header); }); break;
      case 4: into.body = r.bytes(); break;
      default: r.unknown_field();
    }
  });
}

std::string encode(const RelayOffer& offer) {
  return write([&](Fields& f) {
    f.natural(1, offer.channel.from);
    f.natural(2, offer.channel.to);
    f.natural(3, offer.after);
    f.list(4, offer.messages, [](Fields& item, const std::string& m) { item.bytes(1, m); });
  });
}

Result<RelayOffer> decode_offer(std::string_view bytes) {
  return read<RelayOffer>(bytes, [](Reader& r, std::uint64_t field, RelayOffer& into) {
    switch (field) {
      case 1: into.channel.from = r.natural_as<persistence::ChannelEnd>(); break;
      case 2: into.channel.to = r.natural_as<persistence::ChannelEnd>(); break;
      case 3: into.after = r.natural(); break;
      case 4:
        r.list(into.messages, [&](std::string& message) {
          inner(r, [&](std::uint64_t item) {
            item == 1 ? void(message = r.bytes()) : r.unknown_field();
          });
        });
        break;
      default: r.unknown_field();
    }
  });
}

std::string encode(const RelayAnswer& answer) {
  return write([&](Fields& f) {
    f.natural(1, answer.taken);
    f.text(2, answer.problem);
  });
}

Result<RelayAnswer> decode_answer(std::string_view bytes) {
  return read<RelayAnswer>(bytes, [](Reader& r, std::uint64_t field, RelayAnswer& into) {
    switch (field) {
      case 1: into.taken = r.natural(); break;
      case 2: into.problem = r.text(); break;
      default: r.unknown_field();
    }
  });
}

std::string encode(const std::vector<DefinitionEntry>& entries) {
  return write([&](Fields& f) {
    f.list(1, entries, [](Fields& item, const DefinitionEntry& entry) {
      write_ref(item, entry.ref);
      item.text(4, entry.digest);
    });
  });
}

Result<std::vector<DefinitionEntry>> decode_entries(std::string_view bytes) {
  return read<std::vector<DefinitionEntry>>(
      bytes, [](Reader& r, std::uint64_t field, std::vector<DefinitionEntry>& into) {
        if (field != 1) return r.unknown_field();
        r.list(into, [&](DefinitionEntry& entry) {
          inner(r, [&](std::uint64_t item) {
            if (read_ref(r, item, entry.ref)) return;
            item == 4 ? void(entry.digest = r.text()) : r.unknown_field();
          });
        });
      });
}

std::string encode(const workflow::DefinitionRef& ref) {
  return write([&](Fields& f) { write_ref(f, ref); });
}

Result<workflow::DefinitionRef> decode_ref(std::string_view bytes) {
  return read<workflow::DefinitionRef>(
      bytes, [](Reader& r, std::uint64_t field, workflow::DefinitionRef& into) {
        if (!read_ref(r, field, into)) r.unknown_field();
      });
}

std::string encode(const persistence::DefinitionRow& row) {
  return write([&](Fields& f) {
    write_ref(f, row.ref);
    f.bytes(4, row.source);
    f.instant(5, row.deployed);
    f.list(6,
           std::vector<std::pair<std::string, std::string>>(row.resources.begin(),
                                                            row.resources.end()),
           write_header);
  });
}

Result<persistence::DefinitionRow> decode_definition(std::string_view bytes) {
  return read<persistence::DefinitionRow>(
      bytes, [](Reader& r, std::uint64_t field, persistence::DefinitionRow& into) {
        if (read_ref(r, field, into.ref)) return;
        switch (field) {
          case 4: into.source = r.bytes(); break;
          case 5: into.deployed = r.instant(); break;
          case 6: {
            std::vector<std::pair<std::string, std::string>> resources;
            r.list(resources, [&](auto& item) { read_header(r, item); });
            for (auto& [uri, text] : resources) {
              into.resources.emplace(std::move(uri), std::move(text));
            }
            break;
          }
          default: r.unknown_field();
        }
      });
}

}  // namespace endure::cluster
