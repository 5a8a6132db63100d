// version, completion bash
#include <ostream>

#include "runtime/cli/report.hpp"
#include "runtime/cli/verb.hpp"
#include "runtime/cli/verbs.hpp"
#include "runtime/version.hpp"

namespace endure::cli {
namespace {

// One `case` line a verb: its words are the verbs below it and its options.
void add_cases(Verb app, const std::string& path, std::string& out) {
  std::string words;
  for (const Verb& verb : app.verbs()) words += verb.name() + " ";
  for (const std::string& option : app.long_options()) words += option + " ";
  out += "    '" + path + "') words='" + words + "' ;;\n";
  for (const Verb& verb : app.verbs()) {
    add_cases(verb, path.empty() ? verb.name() : path + " " + verb.name(), out);
  }
}

std::string bash_completion(Verb app) {
  std::string groups;
  for (const Verb& verb : app.verbs()) {
    if (!verb.verbs().empty()) groups += verb.name() + "|";
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

void add_program_verbs(Verb app, Context& context) {
  const Verb show = app.verb("version", "Print the version of this program",
                             "  endure version\n  endure version --output json");
  show.on_run(context, [&context] {
    if (context.json) {
      print_json(context, Json{{"version", version()}});
    } else {
      context.out << "endure " << version() << '\n';
    }
    return exit_ok;
  });

  const Verb completion = app.group("completion", "Shell completion");
  const Verb bash = completion.verb("bash", "Print a completion script for bash",
                                    "  source <(endure completion bash)\n"
                                    "  endure completion bash > /etc/bash_completion.d/endure");
  bash.on_run(context, [app, &context] {
    context.out << bash_completion(app);
    return exit_ok;
  });
}

}  // namespace endure::cli
