// The verbs of the command line, a family a file. A new family is one function here, one source
// file, and one line in cli.cpp.
#pragma once

namespace endure::cli {

struct Context;
class Verb;

void add_node_verbs(Verb app, Context& context);            // node, dev
void add_config_verbs(Verb app, Context& context);          // config show|validate|reference
void add_definition_verbs(Verb app, Context& context);      // deploy, definitions list|show
void add_validate_verb(Verb app, Context& context);         // validate
void add_start_verbs(Verb app, Context& context);           // start, run
void add_workflow_verbs(Verb app, Context& context);        // list, show
void add_history_verbs(Verb app, Context& context);         // history, watch
void add_control_verbs(Verb app, Context& context);         // cancel, terminate, pause, resume
void add_send_verb(Verb app, Context& context);             // send
void add_schedule_verbs(Verb app, Context& context);        // schedule list|show|pause|…
void add_migrate_verb(Verb app, Context& context);          // migrate
void add_events_verb(Verb app, Context& context);           // events
void add_queue_verbs(Verb app, Context& context);           // queue list|show|pause|resume
void add_dead_verbs(Verb app, Context& context);            // dead list|show|redrive|drop
void add_stats_verbs(Verb app, Context& context);           // actors, stats
void add_doctor_verb(Verb app, Context& context);           // doctor
void add_volume_verbs(Verb app, Context& context);          // verify, backup
void add_worker_verb(Verb app, Context& context);           // worker
void add_cluster_verbs(Verb app, Context& context);         // cluster status|doctor|keygen|…
void add_cluster_move_verbs(Verb group, Context& context);  // cluster move|drain|rebalance
void add_member_verbs(Verb group, Context& context);        // cluster add|remove
void add_bench_verb(Verb app, Context& context);            // bench
void add_program_verbs(Verb app, Context& context);         // version, completion bash

}  // namespace endure::cli
