"""The workflows of the crash tests, and what the history of each must say in the end."""

NAMESPACE = "crash"

_STEP = "{ maxAttempts: 100000, backoff: PT0.05S, maxBackoff: PT0.4S, lease: PT5S }"

ORDER = f"""
document: {{ dsl: '1.0.3', namespace: crash, name: order, version: '1.0.0' }}
do:
  - enrich:
      call: enrich
      with: {{ n: "${{ .n }}" }}
      export: {{ as: "${{ $context + {{enrich: .}} }}" }}
      metadata: {_STEP}
  - flaky:
      call: flaky
      with: {{ n: "${{ $workflow.input.n }}" }}
      export: {{ as: "${{ $context + {{flaky: .}} }}" }}
      metadata: {_STEP}
  - rest:
      wait: PT0.15S
  - route:
      switch:
        - two: {{ when: "$workflow.input.n % 3 == 0", then: decisions }}
        - one: {{ when: "$workflow.input.n % 3 == 1", then: closing }}
        - none: {{ then: told }}
  - decisions:
      for: {{ each: round, in: "[1, 2]" }}
      do:
        - decision:
            listen: {{ to: {{ one: {{ with: {{ type: crash.decision }} }} }}, read: envelope }}
            export: {{ as: "${{ $context + {{events: (($context.events // []) + [.[0].id])}} }}" }}
            metadata: {{ status: WAITING_FOR_REVIEW }}
      then: told
  - closing:
      listen:
        to: {{ one: {{ with: {{ type: crash.closed, subject: "${{ $workflow.id }}" }} }} }}
        read: envelope
      export: {{ as: "${{ $context + {{events: [.[].id]}} }}" }}
      metadata: {{ status: WAITING_FOR_CLOSE }}
  - told:
      emit: {{ event: {{ with: {{ type: crash.told, subject: "${{ $workflow.id }}" }} }} }}
  - notify:
      call: notify
      with: {{ n: "${{ $workflow.input.n }}" }}
      export: {{ as: "${{ $context + {{notify: .}} }}" }}
      metadata: {_STEP}
  - child:
      run:
        workflow:
          namespace: crash
          name: leaf
          version: latest
          input: {{ n: "${{ $workflow.input.n }}" }}
      export: {{ as: "${{ $context + {{child: .said}} }}" }}
  - finish:
      set: {{ n: "${{ $workflow.input.n }}", context: "${{ $context }}" }}
      metadata: {{ statusAfter: DONE }}
"""

# A child of each order; a process of the node works for it.
LEAF = """
document: { dsl: '1.0.3', namespace: crash, name: leaf, version: '1.0.0' }
do:
  - say:
      run: { shell: { command: 'echo "leaf ${ .n }"' } }
  - rest:
      wait: PT0.02S
  - finish:
      set: { said: "${ . }" }
"""

# Hears what the order with the same number emits.
AUDITOR = """
document: { dsl: '1.0.3', namespace: crash, name: auditor, version: '1.0.0' }
do:
  - hear:
      listen:
        to: { one: { with: { type: crash.told, subject: "${ $workflow.input.about }" } } }
        read: envelope
      output: { as: "${ {heard: [.[].id]} }" }
"""

# Workflows that start by themselves: by time, after their own end, and for what each order emits.
SCHEDULED = "scheduled"
TICK_MS = 200

TICK = f"""
document:
  dsl: '1.0.3'
  namespace: scheduled
  name: tick
  version: '1.0.0'
  metadata: {{ schedule: {{ missed: all }} }}
schedule: {{ every: {{ milliseconds: {TICK_MS} }} }}
do:
  - x: {{ set: {{ done: true }} }}
"""

CHAIN = """
document: { dsl: '1.0.3', namespace: scheduled, name: chain, version: '1.0.0' }
schedule: { after: { milliseconds: 100 } }
do:
  - x: { wait: PT0.05S }
"""

HEARD = """
document: { dsl: '1.0.3', namespace: scheduled, name: heard, version: '1.0.0' }
schedule: { on: { one: { with: { type: crash.told } } }, read: envelope }
do:
  - x: { set: { of: "${ $workflow.input[0].subject }", event: "${ $workflow.input[0].id }" } }
"""

SCHEDULES = ("tick", "chain", "heard")

DECISIONS = 2


def order_id(n):
    return f"order-{n}"


def auditor_id(n):
    return f"auditor-{n}"


def has_auditor(n):
    return n % 5 == 0


def _step(task):
    return [("task_started", task), ("step_enqueued", task), ("step_completed", task),
            ("task_completed", task)]


def _task(task, *kinds):
    return [("task_started", task), *[(kind, task) for kind in kinds], ("task_completed", task)]


def order_entries(n):
    """(kind, task) of each entry in an order's history, in order, but those that depend on when an
    event came."""
    entries = [("started", "")]
    entries += _step("/do/0/enrich") + _step("/do/1/flaky")
    entries += _task("/do/2/rest", "timer_armed", "timer_fired") + _task("/do/3/route")
    if n % 3 == 0:
        listen = _task("/do/4/decisions/do/0/decision", "event_received")
        entries += [("task_started", "/do/4/decisions")] + listen * DECISIONS
        entries += [("task_completed", "/do/4/decisions")]
    elif n % 3 == 1:
        entries += _task("/do/5/closing", "event_received")
    entries += _task("/do/6/told", "event_published") + _step("/do/7/notify")
    entries += _task("/do/8/child", "child_started", "child_ended")
    return entries + _task("/do/9/finish") + [("completed", "")]


def auditor_entries():
    return [("started", ""), *_task("/do/0/hear", "event_received"), ("completed", "")]


def leaf_output(n):
    return {"said": f"leaf {n}\n"}


def leaf_entries():
    return [("created", ""), ("started", ""), *_step("/do/0/say"),
            *_task("/do/1/rest", "timer_armed", "timer_fired"), *_task("/do/2/finish"),
            ("completed", "")]
