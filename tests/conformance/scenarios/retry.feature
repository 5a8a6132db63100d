Feature: Retry
  Every backoff and every limit of a retry, and what ends it.

  Scenario: A constant backoff keeps its pause
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: backoff-constant, version: '1.0.0' }
    do:
      - guarded:
          try:
            - bang: { raise: { error: { type: https://errors.example/boom, status: 418, title: Boom, detail: It went off } } }
          catch:
            retry: { delay: PT0.02S, backoff: { constant: {} }, limit: { attempt: { count: 3 } } }
            do:
              - told: { set: { given: up } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    given: up
    """
    And guarded should be retried after 20 ms, 20 ms, 20 ms
    And bang should run 4 times
    And told should run 1 times

  Scenario: A linear backoff adds its increment
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: backoff-linear, version: '1.0.0' }
    do:
      - guarded:
          try:
            - bang: { raise: { error: { type: https://errors.example/boom, status: 418, title: Boom, detail: It went off } } }
          catch:
            retry: { delay: PT0.02S, backoff: { linear: { increment: PT0.01S } }, limit: { attempt: { count: 3 } } }
            do:
              - told: { set: { given: up } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    given: up
    """
    And guarded should be retried after 20 ms, 30 ms, 40 ms
    And bang should run 4 times
    And told should run 1 times

  Scenario: A linear backoff without increment adds the delay
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: backoff-linear-bare, version: '1.0.0' }
    do:
      - guarded:
          try:
            - bang: { raise: { error: { type: https://errors.example/boom, status: 418, title: Boom, detail: It went off } } }
          catch:
            retry: { delay: PT0.01S, backoff: { linear: {} }, limit: { attempt: { count: 3 } } }
            do:
              - told: { set: { given: up } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    given: up
    """
    And guarded should be retried after 10 ms, 20 ms, 30 ms
    And bang should run 4 times
    And told should run 1 times

  Scenario: An exponential backoff doubles its pause
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: backoff-exponential, version: '1.0.0' }
    do:
      - guarded:
          try:
            - bang: { raise: { error: { type: https://errors.example/boom, status: 418, title: Boom, detail: It went off } } }
          catch:
            retry: { delay: PT0.01S, backoff: { exponential: {} }, limit: { attempt: { count: 4 } } }
            do:
              - told: { set: { given: up } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    given: up
    """
    And guarded should be retried after 10 ms, 20 ms, 40 ms, 80 ms
    And bang should run 5 times
    And told should run 1 times

  Scenario: An exponential backoff has a multiplier and a greatest pause
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: backoff-multiplier, version: '1.0.0' }
    do:
      - guarded:
          try:
            - bang: { raise: { error: { type: https://errors.example/boom, status: 418, title: Boom, detail: It went off } } }
          catch:
            retry: { delay: PT0.01S, backoff: { exponential: { multiplier: 3, maxDelay: PT0.05S } }, limit: { attempt: { count: 4 } } }
            do:
              - told: { set: { given: up } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    given: up
    """
    And guarded should be retried after 10 ms, 30 ms, 50 ms, 50 ms
    And bang should run 5 times
    And told should run 1 times

  Scenario: Jitter adds to the pause within its bounds
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: jitter, version: '1.0.0' }
    do:
      - guarded:
          try:
            - bang: { raise: { error: { type: https://errors.example/boom, status: 418, title: Boom, detail: It went off } } }
          catch:
            retry: { delay: PT0.02S, jitter: { from: PT0.01S, to: PT0.03S }, limit: { attempt: { count: 4 } } }
            do:
              - told: { set: { given: up } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    given: up
    """
    And guarded should be retried 4 times after 30 to 50 ms

  Scenario: A limit on the duration of all attempts ends the retries
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: limit-duration, version: '1.0.0' }
    do:
      - guarded:
          try:
            - bang: { raise: { error: { type: https://errors.example/boom, status: 418, title: Boom, detail: It went off } } }
          catch:
            retry: { delay: PT0.2S, limit: { duration: PT0.1S } }
            do:
              - told: { set: { given: up } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    given: up
    """
    And told should run 1 times

  Scenario: A limit on the duration of the attempts ends the retries before their count does
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: limit-attempt, version: '1.0.0' }
    do:
      - guarded:
          try:
            - bang: { raise: { error: { type: https://errors.example/boom, status: 418, title: Boom, detail: It went off } } }
          catch:
            retry: { delay: PT0.2S, limit: { attempt: { count: 10, duration: PT0.1S } } }
            do:
              - told: { set: { given: up } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    given: up
    """
    And told should run 1 times

  Scenario: A retry from use.retries whose condition does not hold
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: retry-when, version: '1.0.0' }
    use: { retries: { brave: { when: $error.status == 500, delay: PT0.01S, limit: { attempt: { count: 3 } } } } }
    do:
      - guarded:
          try:
            - bang: { raise: { error: { type: https://errors.example/boom, status: 418, title: Boom, detail: It went off } } }
          catch:
            retry: brave
            do:
              - told: { set: { given: up } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    given: up
    """
    And guarded should be retried 0 times
    And bang should run 1 times

  Scenario: Each attempt begins with the input of the try; the context is kept
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: retry-input, version: '1.0.0' }
    do:
      - guarded:
          try:
            - count: { set: "${ {n: (.n + 1)} }", export: { as: "${ {runs: (($context.runs // 0) + 1)} }" } }
            - judge: { switch: [ { enough: { when: $context.runs >= 3, then: exit } } ] }
            - bang: { raise: { error: { type: https://errors.example/boom, status: 500, title: Boom } } }
          catch: { retry: { delay: PT0.01S, limit: { attempt: { count: 5 } } } }
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 2
    """
    And the workflow context should be:
    """yaml
    { runs: 3 }
    """
    And guarded should be retried 2 times
