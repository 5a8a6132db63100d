Feature: Time
  Waits and timeouts.

  Scenario: A wait takes as long as it says and passes its input on
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: wait-object, version: '1.0.0' }
    do:
      - rest: { wait: { milliseconds: 120 } }
      - after: { set: "${ {n: (.n + 1)} }" }
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
    And rest should wait 120 ms
    And after should run after rest

  Scenario: A wait in ISO 8601
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: wait-iso, version: '1.0.0' }
    do:
      - rest: { wait: PT0.05S }
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 1
    """
    And rest should wait 50 ms

  Scenario: A task that does not end in time faults with a timeout
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: task-timeout, version: '1.0.0' }
    do:
      - slow:
          listen: { to: { one: { with: { type: never.sent } } } }
          timeout: { after: { milliseconds: 60 } }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/timeout
    status: 408
    instance: /do/0/slow
    """

  Scenario: A timeout of a nested task is caught around it
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: timeout-caught, version: '1.0.0' }
    do:
      - guarded:
          try:
            - group:
                timeout: { after: PT0.05S }
                do:
                  - slow: { wait: PT1H }
          catch:
            errors: { with: { type: https://open-workflow-specification.org/spec/1.0.0/errors/timeout } }
            do:
              - told: { set: { late: true } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    late: true
    """
    And slow should cancel

  Scenario: The workflow's own timeout ends it
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: workflow-timeout, version: '1.0.0' }
    timeout: { after: { milliseconds: 80 } }
    do:
      - slow: { wait: PT1H }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/timeout
    status: 408
    """

  Scenario: A timeout from use.timeouts, and one that is not needed
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: timeout-named, version: '1.0.0' }
    use: { timeouts: { generous: { after: PT1H } } }
    do:
      - quick: { timeout: generous, do: [ { rest: { wait: PT0.02S } }, { told: { set: { n: 1 } } } ] }
      - after: { set: "${ {n: (.n + 1)} }" }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 2
    """

  Scenario: A duration of zero for a timeout is refused
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: timeout-zero, version: '1.0.0' }
    do:
      - quick: { timeout: { after: PT0S }, set: { n: 1 } }
    """
    Then the definition should be refused at '/do/0/quick/timeout/after'
