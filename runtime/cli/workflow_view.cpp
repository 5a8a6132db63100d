#include "runtime/cli/workflow_view.hpp"

#include <ostream>

#include "runtime/cli/text.hpp"

namespace endure::cli {
namespace {

const Json& member(const Json& json, const char* key) {
  static const Json none;
  const auto found = json.is_object() ? json.find(key) : json.end();
  return found == json.end() ? none : *found;
}

void print_field(std::ostream& out, const char* label, const std::string& value) {
  if (value.empty()) return;
  std::string line = std::string(label) + ":";
  line.resize(13, ' ');
  out << line << one_line(value, 2'000) << '\n';
}

void print_document(std::ostream& out, const char* label, const Json& value) {
  if (value.is_null()) return;
  const std::string text = value.dump(2, ' ', false, Json::error_handler_t::replace);
  out << label << ":" << (text.find('\n') == text.npos ? " " : "\n") << text << '\n';
}

std::string time_and_age(const std::string& time, Instant now) {
  const std::string age = age_of(time, now);
  return age.empty() ? time : time + " (" + age + " ago)";
}

void print_waits(std::ostream& out, const Json& waits, Instant now) {
  if (waits.empty()) return;
  out << "waiting for:\n";
  Table table({"  KIND", "TASK", "WHAT", "SINCE"});
  for (const Json& wait : waits) {
    std::string what;
    for (const char* key : {"queue", "type", "due", "child"}) {
      const std::string text = text_of(wait, key);
      if (!text.empty()) what += (what.empty() ? "" : " ") + text;
    }
    table.add({"  " + text_of(wait, "kind"), text_of(wait, "task"), what,
               age_of(text_of(wait, "since"), now)});
  }
  table.print(out);
}

void print_children(std::ostream& out, const Json& children, Instant now) {
  if (children.empty()) return;
  out << "children:\n";
  print_workflow_table(out, children, now);
}

}  // namespace

std::string workflow_name(const Json& summary) {
  return text_of(summary, "namespace") + "/" + text_of(summary, "id");
}

std::string definition_name(const Json& summary) {
  const Json& ref = member(summary, "definition");
  const std::string ns = text_of(ref, "namespace");
  const std::string name = text_of(ref, "name") + ":" + text_of(ref, "version");
  return ns.empty() || ns == text_of(summary, "namespace") ? name : ns + "/" + name;
}

std::string phase_and_status(const Json& summary) {
  const std::string status = text_of(summary, "status");
  return text_of(summary, "phase") + (status.empty() ? "" : " " + status);
}

bool has_ended(const Json& summary) {
  const std::string phase = text_of(summary, "phase");
  return phase == "completed" || phase == "faulted" || phase == "cancelled";
}

void print_workflow_table(std::ostream& out, const Json& items, Instant now) {
  Table table({"WORKFLOW", "DEFINITION", "PHASE", "STATUS", "AGE", "UPDATED", "CAUSE"});
  for (const Json& item : items) {
    table.add({workflow_name(item), definition_name(item), text_of(item, "phase"),
               text_of(item, "status"), age_of(text_of(item, "created"), now),
               age_of(text_of(item, "updated"), now), one_line(text_of(item, "cause"), 60)});
  }
  table.print(out);
}

void print_workflow(std::ostream& out, const Json& workflow, Instant now) {
  print_field(out, "workflow", workflow_name(workflow));
  print_field(out, "definition", definition_name(workflow));
  print_field(out, "phase", text_of(workflow, "phase"));
  print_field(out, "status", text_of(workflow, "status"));
  if (member(workflow, "parent").is_object()) {
    print_field(out, "parent", workflow_name(member(workflow, "parent")));
  }
  print_field(out, "cause", text_of(workflow, "cause"));
  print_field(out, "transition", text_of(workflow, "transition"));
  print_field(out, "created", time_and_age(text_of(workflow, "created"), now));
  print_field(out, "updated", time_and_age(text_of(workflow, "updated"), now));
  print_waits(out, items_of(workflow, "waiting_for"), now);
  print_children(out, items_of(workflow, "children"), now);
  print_document(out, "input", member(workflow, "input"));
  print_document(out, "context", member(workflow, "context"));
  print_document(out, "output", member(workflow, "output"));
  print_document(out, "error", member(workflow, "error"));
}

void print_history(std::ostream& out, const Json& record) {
  std::string line = text_of(record, "at") + "  #" + text_of(record, "transition") + "  " +
                     text_of(record, "event") + "  " + phase_and_status(record);
  const std::string worker = text_of(record, "worker");
  if (!worker.empty()) line += "  worker=" + worker;
  const std::uint64_t attempt = number_of(record, "attempt");
  if (attempt > 1) line += "  attempt=" + std::to_string(attempt);
  out << one_line(line, 400) << '\n';
  for (const Json& entry : items_of(record, "entries")) {
    std::string text = text_of(entry, "kind");
    for (const char* key : {"task", "detail"}) {
      const std::string part = text_of(entry, key);
      if (!part.empty()) text += "  " + part;
    }
    out << "    " << one_line(text, 400) << '\n';
  }
}

}  // namespace endure::cli
