// version, completion bash
#include <ostream>

#include "runtime/cli/cli.hpp"
#include "runtime/cli/report.hpp"
#include "runtime/cli/verb.hpp"
#include "runtime/cli/verbs.hpp"
#include "runtime/version.hpp"

namespace endure::cli {
namespace {

// One `case` line a verb: its words are the verbs below it and its options.
void add_cases(const CLI::App& app, const std::string& path, std::string& out) {
  std::string words;
  for (const CLI::App* verb : app.get_subcommands({})) words += verb->get_name() + " ";
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) words += "--" + name + " ";
  }
  out += "    '" + path + "') words='" + words + "' ;;\n";
  for (const CLI::App* verb : app.get_subcommands({})) {
    add_cases(*verb, path.empty() ? verb->get_name() : path + " " + verb->get_name(), out);
  }
}

std::string bash_completion(const CLI::App& app) {
  std::string groups;
  for (const CLI::App* verb : app.get_subcommands({})) {
    if (!verb->get_subcommands({}).empty()) groups += verb->get_name() + "|";
  }
  if (!groups.empty()) groups.pop_back();
  std::string cases;
  add_cases(app, "", cases);
  return R"(# bash completion for endure; load it with:  source <(endure completion bash)
_endure() {
  local word path='' words='' current="${COMP_WORDS[COMP_CWORD]}" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${COMP_WORDS[i]}"
    [[ "$word" == -* ]] && continue
    case "$path" in
      '') path="$word" ;;
      )" +
         groups + R"() path="$path $word" ;;
    esac
  done
  case "$path" in
)" + cases +
         R"(  esac
  if [[ -n "$path" && "$current" == -* ]]; then words="$words --node --token --output"; fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  if [[ ${#COMPREPLY[@]} -eq 0 ]]; then mapfile -t COMPREPLY < <(compgen -f -- "$current"); fi
}
complete -F _endure endure
)";
}

}  // namespace

void add_program_verbs(CLI::App& app, Context& context) {
  CLI::App* show = add_verb(app, "version", "Print the version of this program",
                            "  endure version\n  endure version --output json");
  on_run(show, context, [&context] {
    if (context.json) {
      print_json(context, Json{{"version", version()}});
    } else {
      context.out << "endure " << version() << '\n';
    }
    return exit_ok;
  });

  CLI::App* completion = add_group(app, "completion", "Shell completion");
  CLI::App* bash = add_verb(*completion, "bash", "Print a completion script for bash",
                            "  source <(endure completion bash)\n"
                            "  endure completion bash > /etc/bash_completion.d/endure");
  on_run(bash, context, [&app, &context] {
    context.out << bash_completion(app);
    return exit_ok;
  });
}

}  // namespace endure::cli
