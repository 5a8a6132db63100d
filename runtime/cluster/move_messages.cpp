#include "runtime/cluster/move_messages.hpp"

#include "persistence/field_record.hpp"

namespace endure::cluster {

namespace {

using persistence::Fields;
using persistence::RawRow;
using persistence::Reader;
using persistence::ShardAct;

constexpr std::uint8_t version = 1;

}  // namespace

std::string encode(const MoveOffer& offer) {
  return persistence::encode_fields(version, [&](Fields& f) {
    f.natural(1, static_cast<std::uint64_t>(offer.step.act));
    f.natural(2, offer.step.shard);
    f.natural(3, offer.step.attempt);
    f.natural(4, offer.step.epoch);
    f.natural(5, offer.step.part);
    f.list(6, offer.rows, [](Fields& inner, const RawRow& row) {
      inner.natural(1, row.table);
      inner.bytes(2, row.key);
      inner.bytes(3, row.value);
    });
    f.natural(7, offer.sum.rows);
    f.bytes(8, offer.sum.digest);
    f.text(9, offer.definitions);
  });
}

Result<MoveOffer> decode_move(std::string_view bytes) {
  return persistence::decode_fields(bytes, version, MoveOffer(),
                                    [](Reader& r, std::uint64_t field, MoveOffer& into) {
                                      switch (field) {
                                        case 1: into.step.act = r.enumerator(ShardAct::take); break;
                                        case 2: into.step.shard = r.natural_as<Shard>(); break;
                                        case 3: into.step.attempt = r.natural(); break;
                                        case 4: into.step.epoch = r.natural(); break;
                                        case 5: into.step.part = r.natural(); break;
                                        case 6:
                                          r.list(into.rows, [&](RawRow& row) {
                                            r.fields([&](std::uint64_t inner) {
                                              switch (inner) {
                                                case 1:
                                                  row.table = r.natural_as<std::uint8_t>();
                                                  break;
                                                case 2: row.key = r.bytes(); break;
                                                case 3: row.value = r.bytes(); break;
                                                default: r.unknown_field();
                                              }
                                            });
                                          });
                                          break;
                                        case 7: into.sum.rows = r.natural(); break;
                                        case 8: into.sum.digest = r.bytes(); break;
                                        case 9: into.definitions = r.text(); break;
                                        default: r.unknown_field();
                                      }
                                    });
}

std::string encode(const MoveAnswer& answer) {
  return persistence::encode_fields(version, [&](Fields& f) {
    f.flag(1, answer.done);
    f.flag(2, answer.later);
    f.text(3, answer.problem);
  });
}

Result<MoveAnswer> decode_move_answer(std::string_view bytes) {
  return persistence::decode_fields(bytes, version, MoveAnswer(),
                                    [](Reader& r, std::uint64_t field, MoveAnswer& into) {
                                      switch (field) {
                                        case 1: into.done = r.flag(); break;
                                        case 2: into.later = r.flag(); break;
                                        case 3: into.problem = r.text(); break;
                                        default: r.unknown_field();
                                      }
                                    });
}

}  // namespace endure::cluster
