"""Workflows of every kind of task, and some that are cancelled, ended or paused on the way. What their
histories must say is what holds for every workflow (tests/trace)."""

NAMESPACE = "mixed"

_STEP = "{ maxAttempts: 100000, backoff: PT0.05S, maxBackoff: PT0.4S, lease: PT5S }"

MEDLEY = f"""
document: {{ dsl: '1.0.3', namespace: mixed, name: medley, version: '1.0.0' }}
timeout: {{ after: PT30M }}
do:
  - each:
      for: {{ each: item, in: "[1, 2]" }}
      do:
        - tool:
            call: tool
            with: {{ n: "${{ $workflow.input.n }}", item: "${{ $item }}" }}
            metadata: {_STEP}
  - both:
      fork:
        branches:
          - left:
              do:
                - l1: {{ call: enrich, with: {{ n: 1 }}, metadata: {_STEP} }}
                - l2: {{ wait: PT0.03S }}
          - right: {{ wait: PT0.05S }}
  - race:
      fork:
        compete: true
        branches:
          - quick: {{ wait: PT0.02S }}
          - slow: {{ call: late, with: {{ n: 2 }}, metadata: {_STEP} }}
  - guard:
      try:
        - fails: {{ raise: {{ error: {{ type: 'https://errors.example/made-up', status: 503 }} }} }}
      catch:
        errors: {{ with: {{ status: 503 }} }}
        retry: {{ delay: PT0.05S, limit: {{ attempt: {{ count: 2 }} }} }}
        do: [{{ gave_up: {{ set: {{ gave_up: true }} }} }}]
  - hurried:
      try:
        - never:
            listen: {{ to: {{ one: {{ with: {{ type: mixed.never }} }} }} }}
            timeout: {{ after: PT0.1S }}
      catch:
        do: [{{ late: {{ set: {{ late: true }} }} }}]
  - asked:
      call: http
      with: {{ method: get, endpoint: "${{ $workflow.input.url }}" }}
  - shell:
      run: {{ shell: {{ command: 'echo done' }} }}
  - family:
      run:
        workflow: {{ namespace: crash, name: leaf, version: latest, input: {{ n: 1 }} }}
  - told:
      emit: {{ event: {{ with: {{ type: mixed.told, subject: "${{ $workflow.id }}" }} }} }}
  - choose:
      switch:
        - small: {{ when: "$workflow.input.n % 2 == 0", then: finish }}
        - other: {{ then: more }}
  - more:
      set: {{ more: true }}
  - finish:
      set: {{ done: true }}
"""

# Its step lies on a queue that is served late, so that most are given up before anyone has it.
FATED = f"""
document: {{ dsl: '1.0.3', namespace: mixed, name: fated, version: '1.0.0' }}
do:
  - once:
      call: late
      with: {{ n: "${{ .n }}" }}
      metadata: {_STEP}
  - nap: {{ wait: PT1H }}
"""

# Ends at once, and keeps what it was given.
FILL = """
document: { dsl: '1.0.3', namespace: mixed, name: fill, version: '1.0.0' }
do:
  - kept: { set: { size: "${ .filling | length }" } }
"""

# Gets one event after the other and listens for none: they are kept.
NOTED = """
document: { dsl: '1.0.3', namespace: mixed, name: noted, version: '1.0.0' }
do:
  - nap: { wait: PT1H }
"""
NOTES = 40
