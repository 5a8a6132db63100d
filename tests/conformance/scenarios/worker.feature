Feature: Workers
  Steps on durable queues: results, retries, dead letters, both ways to take them.

  Scenario: A worker's result is the task's output
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: step, version: '1.0.0' }
    do:
      - enrich: { call: enrich, with: { text: "${ .text }" } }
      - told: { set: "${ {length: .length} }" }
    """
    And given the workflow input is:
    """yaml
    text: hello
    """
    When the workflow is executed
    And worker 'enrich' answers:
    """yaml
    { length: 5 }
    """
    Then the workflow should complete with output:
    """yaml
    length: 5
    """
    And worker 'enrich' should have got:
    """yaml
    text: hello
    """
    And enrich should complete with output:
    """yaml
    { length: 5 }
    """

  Scenario: A worker over ZeroMQ serves a loop of steps
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: step-loop, version: '1.0.0' }
    do:
      - loop:
          for: { each: n, in: "[1, 2, 3]" }
          do: [ { one: { call: one, with: { n: "${ $n }" } } } ]
    """
    And a worker over ZeroMQ serves:
    """yaml
    one: [ a, b, c ]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    c
    """
    And one should run 3 times
    And worker 'one' should have got attempts 1, 1, 1

  Scenario: A step that fails is tried again, and the attempts are counted
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: step-again, version: '1.0.0' }
    do:
      - flaky: { call: flaky, metadata: { maxAttempts: 5, backoff: PT0.02S } }
    """
    When the workflow is executed
    And worker 'flaky' fails 2 times with:
    """yaml
    { title: away, status: 503 }
    """
    And worker 'flaky' answers:
    """yaml
    3
    """
    Then the workflow should complete with output:
    """yaml
    3
    """
    And worker 'flaky' should have got attempts 1, 2, 3

  Scenario: The same over ZeroMQ
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: step-again-zmq, version: '1.0.0' }
    do:
      - flaky: { call: flaky, metadata: { maxAttempts: 5, backoff: PT0.02S } }
    """
    And a worker over ZeroMQ serves:
    """yaml
    flaky: [ { retry: { title: away } }, done ]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    done
    """
    And worker 'flaky' should have got attempts 1, 2

  Scenario: A failure that is not retryable is raised at once and can be caught
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: step-fails, version: '1.0.0' }
    do:
      - guarded:
          try: [ { pay: { call: pay } } ]
          catch:
            errors: { with: { type: https://errors.example/declined } }
            do: [ { told: { set: { declined: "${ $error.detail }" } } } ]
    """
    When the workflow is executed
    And worker 'pay' fails with:
    """yaml
    { type: 'https://errors.example/declined', title: Declined, detail: no funds, status: 402, retryable: false }
    """
    Then the workflow should complete with output:
    """yaml
    declined: no funds
    """
    And pay should fault with error:
    """yaml
    { status: 402, title: Declined, instance: /do/0/guarded/try/0/pay }
    """

  Scenario: A step out of attempts is raised where a try catches it
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: step-exhausted, version: '1.0.0' }
    do:
      - guarded:
          try: [ { pay: { call: pay, metadata: { maxAttempts: 2, backoff: PT0.01S } } } ]
          catch:
            as: problem
            do: [ { told: { set: { status: "${ $problem.status }" } } } ]
    """
    When the workflow is executed
    And worker 'pay' fails 2 times with:
    """yaml
    { title: away, status: 503 }
    """
    Then the workflow should complete with output:
    """yaml
    status: 503
    """

  Scenario: A retry around a step gives it new attempts
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: step-retried, version: '1.0.0' }
    do:
      - guarded:
          try: [ { pay: { call: pay, metadata: { maxAttempts: 1 } } } ]
          catch: { retry: { delay: PT0.02S, limit: { attempt: { count: 3 } } } }
    """
    When the workflow is executed
    And worker 'pay' fails 2 times with:
    """yaml
    { title: away, status: 503 }
    """
    And worker 'pay' answers:
    """yaml
    paid
    """
    Then the workflow should complete with output:
    """yaml
    paid
    """
    And guarded should be retried after 20 ms, 20 ms
    And worker 'pay' should have got attempts 1, 1, 1

  Scenario: A step out of attempts that nothing catches suspends its workflow until it is redriven
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: step-dead, version: '1.0.0' }
    do:
      - pay: { call: pay, metadata: { maxAttempts: 1 } }
    """
    When the workflow is executed
    And worker 'pay' fails with:
    """yaml
    { title: away, status: 503 }
    """
    Then the workflow should be suspended
    When the dead letter of 'pay' is redriven
    And worker 'pay' answers:
    """yaml
    paid
    """
    Then the workflow should complete with output:
    """yaml
    paid
    """

  Scenario: A dead letter that is dropped raises its error
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: step-dropped, version: '1.0.0' }
    do:
      - pay: { call: pay, metadata: { maxAttempts: 1 } }
    """
    When the workflow is executed
    And worker 'pay' fails with:
    """yaml
    { title: away, status: 503 }
    """
    Then the workflow should be suspended
    When the dead letter of 'pay' is dropped
    Then the workflow should fault with error:
    """yaml
    { status: 503, instance: /do/0/pay }
    """

  Scenario: A function that is declared lays the call's arguments over its own
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: step-function, version: '1.0.0' }
    use:
      functions:
        enrich: { call: enricher, with: { language: en, depth: 1 } }
    do:
      - enrich: { call: enrich, with: { depth: "${ .depth }" } }
    """
    And given the workflow input is:
    """yaml
    depth: 2
    """
    When the workflow is executed
    And worker 'enricher' answers:
    """yaml
    ok
    """
    Then the workflow should complete with output:
    """yaml
    ok
    """
    And worker 'enricher' should have got:
    """yaml
    { language: en, depth: 2 }
    """

  Scenario: A function that is a list of tasks runs nested
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: function-do, version: '1.0.0' }
    use:
      functions:
        double: { do: [ { twice: { set: { n: "${ .n * 2 }" } } } ] }
    do:
      - one: { call: double, with: { n: 4 } }
      - two: { call: double, with: { n: "${ .n }" } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 16
    """
    And twice should run 2 times

  Scenario: Statuses tell how far the work is
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: statuses, version: '1.0.0' }
    do:
      - check: { call: check, metadata: { status: CHECKING } }
      - close: { set: { ok: true }, metadata: { statusAfter: "${ \"CLOSED_\\(.ok)\" }" } }
    """
    When the workflow is executed
    Then the workflow status should be 'CHECKING'
    When worker 'check' answers:
    """yaml
    {}
    """
    Then the workflow should complete with output:
    """yaml
    ok: true
    """
    And the workflow status should be 'CLOSED_true'

  Scenario: A step with a timeout faults when no worker comes, and its late answer changes nothing
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: step-timeout, version: '1.0.0' }
    do:
      - guarded:
          try: [ { pay: { call: pay, timeout: { after: PT0.08S } } } ]
          catch: { do: [ { told: { set: { late: true } } } ] }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    late: true
    """
    And pay should have faulted with error:
    """yaml
    { status: 408 }
    """
