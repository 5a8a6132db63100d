// Snapshot records.
//
//   0xCF + 8 bytes   transition (always that wide)
//   1 byte           phase
//   map              the rest of the summary
//   map              the state: what only the workflow itself needs
//
// The first two stand where peek_snapshot() finds them; a list reads no further than the summary.
#include "persistence/codec.hpp"
#include "persistence/envelope.hpp"
#include "persistence/fault_codec.hpp"
#include "persistence/shared_values.hpp"
#include "persistence/snapshot_head.hpp"

namespace endure::persistence {

using namespace workflow;  // NOLINT: this file is about nothing else

namespace {

constexpr std::uint8_t snapshot_version = 2;
constexpr std::size_t head_bytes = 10;
constexpr auto last_phase = Phase::completed;

// -- writing ------------------------------------------------------------------

// A parent mostly lies in its child's namespace.
void write_parent(Fields& f, const Parent& parent, const std::string& own_namespace) {
  f.natural(1, parent.number);
  if (parent.name.ns != own_namespace) f.text(2, parent.name.ns);
  f.text(3, parent.name.id);
  f.natural(4, parent.wait);
  f.flag(5, !parent.awaited);
  f.natural(6, parent.depth, Parent().depth);
}

void write_summary(Fields& f, const Snapshot& s) {
  f.natural(1, s.number);
  f.text(2, s.name.ns);
  f.text(3, s.name.id);
  // A definition mostly lies in its workflow's namespace.
  if (s.definition.ns != s.name.ns) f.text(4, s.definition.ns);
  f.text(5, s.definition.name);
  f.text(6, s.definition.version);
  f.text(7, s.status);
  f.text(8, s.cause);
  f.instant(9, s.created);
  f.integer(10, s.updated - s.created);
  f.flag(11, s.definition.ns.empty() && !s.name.ns.empty());
  if (s.parent) f.nested(12, [&](Fields& inner) { write_parent(inner, *s.parent, s.name.ns); });
}

void write_frame(Fields& f, const Frame& frame, SharedValues& values) {
  f.natural(1, frame.task);
  f.natural(2, frame.position);
  f.natural(3, frame.attempts);
  f.instant(4, frame.started);
  values.write(f, 5, frame.raw_input);
  values.write(f, 6, frame.input);
  values.write(f, 7, frame.data);
  values.write(f, 8, frame.variables);
  f.natural(9, frame.timeout);
}

void write_branch(Fields& f, const Branch& branch, SharedValues& values) {
  f.natural(1, branch.id);
  f.natural(2, branch.parent);
  f.list(3, branch.frames,
         [&](Fields& inner, const Frame& frame) { write_frame(inner, frame, values); });
  f.natural(4, branch.wait);
}

void write_open_step(Fields& f, const OpenStep& step) {
  f.natural(1, step.wait);
  f.text(2, step.queue);
  f.natural(3, step.priority, OpenStep().priority);
  f.instant(4, step.enqueued);
  f.flag(5, step.dead);
  f.flag(6, step.detached);
}

void write_open_timer(Fields& f, const OpenTimer& timer) {
  f.natural(1, timer.wait);
  f.instant(2, timer.due);
}

void write_open_listener(Fields& f, const OpenListener& listener) {
  f.natural(1, listener.wait);
  f.text(2, listener.type);
}

void write_open_child(Fields& f, const OpenChild& child) {
  f.natural(1, child.wait);
  f.natural(2, child.number);
  f.text(3, child.name.ns);
  f.text(4, child.name.id);
}

// Eight bytes each, the lowest first: half of what a list of structs would take.
void write_numbers(Fields& f, std::uint8_t field, const std::vector<std::uint64_t>& numbers) {
  if (numbers.empty()) return;
  std::string bytes;
  for (const auto number : numbers) {
    for (unsigned i = 0; i < 8; ++i) bytes += static_cast<char>((number >> (8 * i)) & 0xFFU);
  }
  f.bytes(field, bytes);
}

void write_state(Fields& f, const Snapshot& s) {
  SharedValues values;
  f.natural(1, static_cast<std::uint64_t>(s.resume_to));
  f.natural(2, s.next_wait, Snapshot().next_wait);
  values.write(f, 3, s.input);
  values.write(f, 4, s.context);
  values.write(f, 5, s.output);
  if (s.fault) f.nested(6, [&](Fields& inner) { write_fault(inner, *s.fault); });
  f.natural(7, s.timeout);
  f.list(8, s.branches,
         [&](Fields& inner, const Branch& branch) { write_branch(inner, branch, values); });
  f.list(9, s.steps, write_open_step);
  f.list(10, s.timers, write_open_timer);
  f.list(11, s.listeners, write_open_listener);
  f.list(12, s.children, write_open_child);
  write_numbers(f, 13, s.recent_events);
  write_numbers(f, 14, s.taken_events);
  f.natural(15, s.taken_floor);
}

// -- reading ------------------------------------------------------------------

void read_parent(Reader& r, Parent& parent) {
  r.fields([&](std::uint64_t field) {
    switch (field) {
      case 1: parent.number = r.natural(); break;
      case 2: parent.name.ns = r.text(); break;
      case 3: parent.name.id = r.text(); break;
      case 4: parent.wait = r.natural_as<WaitId>(); break;
      case 5: parent.awaited = !r.flag(); break;
      case 6: parent.depth = r.natural_as<std::uint32_t>(); break;
      default: r.unknown_field();
    }
  });
}

// Fills what Snapshot and WorkflowSummary have in common.
template <class Target>
void read_summary(Reader& r, Target& s) {
  s.transition = r.natural();
  s.phase = r.enumerator(last_phase);
  std::int64_t age_ms = 0;
  bool own_namespace = false;
  bool no_namespace = false;
  r.fields([&](std::uint64_t field) {
    switch (field) {
      case 1: s.number = r.natural(); break;
      case 2: s.name.ns = r.text(); break;
      case 3: s.name.id = r.text(); break;
      case 4:
        s.definition.ns = r.text();
        own_namespace = true;
        break;
      case 5: s.definition.name = r.text(); break;
      case 6: s.definition.version = r.text(); break;
      case 7: s.status = r.text(); break;
      case 8: s.cause = r.text(); break;
      case 9: s.created = r.instant(); break;
      case 10: age_ms = r.integer(); break;
      case 11: no_namespace = r.flag(); break;
      case 12: read_parent(r, s.parent.emplace()); break;
      default: r.unknown_field();
    }
  });
  if (!own_namespace && !no_namespace) s.definition.ns = s.name.ns;
  if (s.parent && s.parent->name.ns.empty()) s.parent->name.ns = s.name.ns;
  if (__builtin_add_overflow(s.created.ms, age_ms, &s.updated.ms)) r.fail("a time is too large");
}

void read_frame(Reader& r, Frame& frame, SharedValues& values) {
  r.fields([&](std::uint64_t field) {
    switch (field) {
      case 1: frame.task = r.natural_as<TaskId>(); break;
      case 2: frame.position = r.natural_as<std::uint32_t>(); break;
      case 3: frame.attempts = r.natural_as<std::uint32_t>(); break;
      case 4: frame.started = r.instant(); break;
      case 5:
      case 5 + SharedValues::reference: frame.raw_input = values.read(r, field); break;
      case 6:
      case 6 + SharedValues::reference: frame.input = values.read(r, field); break;
      case 7:
      case 7 + SharedValues::reference: frame.data = values.read(r, field); break;
      case 8:
      case 8 + SharedValues::reference: frame.variables = values.read(r, field); break;
      case 9: frame.timeout = r.natural_as<WaitId>(); break;
      default: r.unknown_field();
    }
  });
}

void read_branch(Reader& r, Branch& branch, SharedValues& values) {
  r.fields([&](std::uint64_t field) {
    switch (field) {
      case 1: branch.id = r.natural_as<std::uint32_t>(); break;
      case 2: branch.parent = r.natural_as<std::uint32_t>(); break;
      case 3: r.list(branch.frames, [&](Frame& frame) { read_frame(r, frame, values); }); break;
      case 4: branch.wait = r.natural_as<WaitId>(); break;
      default: r.unknown_field();
    }
  });
}

void read_open_step(Reader& r, OpenStep& step) {
  r.fields([&](std::uint64_t field) {
    switch (field) {
      case 1: step.wait = r.natural_as<WaitId>(); break;
      case 2: step.queue = r.text(); break;
      case 3: step.priority = r.natural_as<std::uint8_t>(); break;
      case 4: step.enqueued = r.instant(); break;
      case 5: step.dead = r.flag(); break;
      case 6: step.detached = r.flag(); break;
      default: r.unknown_field();
    }
  });
}

void read_open_timer(Reader& r, OpenTimer& timer) {
  r.fields([&](std::uint64_t field) {
    switch (field) {
      case 1: timer.wait = r.natural_as<WaitId>(); break;
      case 2: timer.due = r.instant(); break;
      default: r.unknown_field();
    }
  });
}

void read_open_listener(Reader& r, OpenListener& listener) {
  r.fields([&](std::uint64_t field) {
    switch (field) {
      case 1: listener.wait = r.natural_as<WaitId>(); break;
      case 2: listener.type = r.text(); break;
      default: r.unknown_field();
    }
  });
}

void read_open_child(Reader& r, OpenChild& child) {
  r.fields([&](std::uint64_t field) {
    switch (field) {
      case 1: child.wait = r.natural_as<WaitId>(); break;
      case 2: child.number = r.natural(); break;
      case 3: child.name.ns = r.text(); break;
      case 4: child.name.id = r.text(); break;
      default: r.unknown_field();
    }
  });
}

void read_numbers(Reader& r, std::vector<std::uint64_t>& numbers) {
  const auto bytes = r.bytes();
  if (bytes.size() % 8 != 0) return r.fail("a list of numbers is cut off");
  for (std::size_t at = 0; at < bytes.size(); at += 8) {
    std::uint64_t number = 0;
    for (unsigned i = 0; i < 8; ++i) {
      number |= std::uint64_t{static_cast<std::uint8_t>(bytes[at + i])} << (8 * i);
    }
    numbers.push_back(number);
  }
}

void read_state(Reader& r, Snapshot& s) {
  SharedValues values;
  r.fields([&](std::uint64_t field) {
    switch (field) {
      case 1: s.resume_to = r.enumerator(last_phase); break;
      case 2: s.next_wait = r.natural_as<WaitId>(); break;
      case 3:
      case 3 + SharedValues::reference: s.input = values.read(r, field); break;
      case 4:
      case 4 + SharedValues::reference: s.context = values.read(r, field); break;
      case 5:
      case 5 + SharedValues::reference: s.output = values.read(r, field); break;
      case 6: s.fault = read_fault(r); break;
      case 7: s.timeout = r.natural_as<WaitId>(); break;
      case 8: r.list(s.branches, [&](Branch& branch) { read_branch(r, branch, values); }); break;
      case 9: r.list(s.steps, [&](OpenStep& step) { read_open_step(r, step); }); break;
      case 10: r.list(s.timers, [&](OpenTimer& timer) { read_open_timer(r, timer); }); break;
      case 11:
        r.list(s.listeners, [&](OpenListener& listener) { read_open_listener(r, listener); });
        break;
      case 12: r.list(s.children, [&](OpenChild& child) { read_open_child(r, child); }); break;
      case 13: read_numbers(r, s.recent_events); break;
      case 14: read_numbers(r, s.taken_events); break;
      case 15: s.taken_floor = r.natural(); break;
      default: r.unknown_field();
    }
  });
}

}  // namespace

std::string encode_snapshot(const Snapshot& snapshot) {
  std::string record;
  record.reserve(512);
  record.resize(envelope_bytes);
  Writer writer(record);
  writer.wide_natural(snapshot.transition);
  writer.natural(static_cast<std::uint64_t>(snapshot.phase));
  {
    Fields summary(writer);
    write_summary(summary, snapshot);
  }
  {
    Fields state(writer);
    write_state(state, snapshot);
  }
  seal(record, snapshot_version);
  return record;
}

Result<Snapshot> decode_snapshot(std::string_view bytes) {
  const auto payload = unseal(bytes, snapshot_version);
  if (!payload) return Failure(payload.error());
  Reader reader(*payload);
  Snapshot snapshot;
  read_summary(reader, snapshot);
  read_state(reader, snapshot);
  return reader.finish(std::move(snapshot));
}

Result<WorkflowSummary> decode_summary(std::string_view bytes) {
  const auto payload = unseal(bytes, snapshot_version);
  if (!payload) return Failure(payload.error());
  Reader reader(*payload);
  WorkflowSummary summary;
  read_summary(reader, summary);
  if (!reader.ok()) return fail(Code::corrupt, "the record is damaged: " + reader.error());
  return summary;
}

std::optional<SnapshotHead> peek_snapshot(std::string_view record) {
  if (record.size() < envelope_bytes + head_bytes) return std::nullopt;
  Reader reader(record.substr(envelope_bytes, head_bytes));
  SnapshotHead head;
  head.transition = reader.natural();
  head.phase = reader.enumerator(last_phase);
  if (!reader.ok() || !reader.at_end()) return std::nullopt;
  return head;
}

}  // namespace endure::persistence
