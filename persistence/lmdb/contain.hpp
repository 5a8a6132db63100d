// Walking over many rows of which some may be damaged: such a row is noted in the store's DamageLog
// and left out. A record of a newer version is no damage: it ends the walk with its error.
#pragma once

#include <cstdint>
#include <string>

#include "base/hex.hpp"
#include "persistence/damage.hpp"
#include "persistence/lmdb/record.hpp"
#include "persistence/lmdb/table.hpp"

namespace endure::persistence::lmdb {

// Whose row it is, by its key; 0 where the key does not say.
inline WorkflowNumber owner_of(const StepKey& key) {
  return key.workflow;
}
inline WorkflowNumber owner_of(const DelayedKey& key) {
  return key.step.workflow;
}
inline WorkflowNumber owner_of(const TimerKey& key) {
  return key.workflow;
}
inline WorkflowNumber owner_of(const ListenerKey& key) {
  return key.workflow;
}
inline WorkflowNumber owner_of(const RecordKey& key) {
  return key.workflow;
}
template <class Key>
WorkflowNumber owner_of(const Key&) {
  return 0;
}

// Notes the row that the cursor stands at.
template <class Keys>
void note_damage(const Cursor<Keys>& cursor, const Error& error, DamageLog& damage) {
  DamagedRow row{cursor.table().name(), hex(cursor.key_bytes()), error.what, 0};
  KeyReader reader(cursor.key_bytes());
  const auto key = Keys::read(reader);
  if (reader.whole()) {
    row.key = Keys::show(key);
    row.workflow = owner_of(key);
  }
  damage.note(std::move(row));
}

// From where the cursor stands (`more`: whether it stands at a row) to the end, or until visit()
// says false. What visit() throws of Code::corrupt is noted, and the walk goes on behind that row.
template <class Keys, class Visit>
void walk(Cursor<Keys>& cursor, bool more, DamageLog& damage, Visit visit) {
  for (; more; more = cursor.next()) {
    try {
      if (!visit()) return;
    } catch (const Failed& failed) {
      if (failed.error().code != Code::corrupt) throw;
      note_damage(cursor, failed.error(), damage);
    }
  }
}

}  // namespace endure::persistence::lmdb
