// verify, backup, restore: work on a data folder, with or without a running node.
#include <memory>
#include <ostream>
#include <vector>

#include "persistence/backup.hpp"
#include "persistence/verify.hpp"
#include "runtime/cli/report.hpp"
#include "runtime/cli/text.hpp"
#include "runtime/cli/verb.hpp"
#include "runtime/cli/verbs.hpp"
#include "runtime/cli/volume_child.hpp"
#include "runtime/secrets.hpp"

namespace endure::cli {
namespace {

int print_findings(Context& context, const std::vector<persistence::Finding>& findings) {
  if (context.json) {
    Json items = Json::array();
    for (const persistence::Finding& f : findings) {
      items.push_back({{"table", f.table}, {"key", f.key}, {"what", f.what}});
    }
    print_json(context, Json{{"sound", findings.empty()}, {"findings", items}});
  } else if (findings.empty()) {
    context.out << "the volume is sound\n";
  } else {
    Table table({"TABLE", "KEY", "WHAT"});
    for (const persistence::Finding& f : findings) table.add({f.table, f.key, f.what});
    table.print(context.out);
  }
  return findings.empty() ? exit_ok : exit_findings;
}

int verify(Context& context, const std::string& folder) {
  const auto code = in_child(context, [&folder](Context& own) {
    const auto findings = persistence::verify_volume(folder);
    return findings ? print_findings(own, *findings) : report(own, findings.error());
  });
  if (code) return *code;
  if (code.error().code != Code::corrupt) return report(context, code.error());
  return print_findings(context, {{code.error().where, "", code.error().what}});
}

using Copying = Result<void> (*)(const std::string& from, const std::string& to,
                                 const persistence::Beside& beside);

int copy(Context& context, const std::string& from, const std::string& to, Copying copying,
         const char* done_text) {
  const auto code = in_child(context, [&](Context& own) {
    const auto done = copying(from, to, [&from](const std::string& folder) {
      return runtime::copy_secret_key(from, folder);
    });
    if (!done) return report(own, done.error());
    if (own.json) {
      print_json(own, Json{{"from", from}, {"to", to}});
    } else {
      own.out << from << done_text << to << "; start a node with --data " << to << " to use it\n";
    }
    return static_cast<int>(exit_ok);
  });
  return code ? *code : report(context, code.error());
}

}  // namespace

void add_volume_verbs(Verb app, Context& context) {
  struct Folders {
    std::string data, from, to;
  };
  const auto folders = std::make_shared<Folders>();
  const Verb check = app.verb("verify", "Check every row of a volume and how they fit",
                              "  endure verify --data /var/lib/endure    (exit code 7: findings)");
  check.option("--data", folders->data, "The data folder").required();
  check.on_run(context, [&context, folders] { return verify(context, folders->data); });

  const Verb backup = app.verb("backup", "Copy a volume, also while its node runs",
                               "  endure backup --data /var/lib/endure --to /backup/endure-monday");
  backup.option("--data", folders->data, "The data folder").required();
  backup.option("--to", folders->to, "A folder that is empty or does not exist").required();
  backup.on_run(context, [&context, folders] {
    return copy(context, folders->data, folders->to, persistence::backup_volume, " is copied to ");
  });

  const Verb restore =
      app.verb("restore", "Put a backup to where a node is to run, once it is found sound",
               "  endure restore --from /backup/endure-monday --data /var/lib/endure");
  restore.option("--from", folders->from, "The backup").required();
  restore.option("--data", folders->data, "A folder that is empty or does not exist").required();
  restore.on_run(context, [&context, folders] {
    return copy(context, folders->from, folders->data, persistence::restore_volume,
                " is restored to ");
  });
}

}  // namespace endure::cli
