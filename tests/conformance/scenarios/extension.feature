Feature: Extensions and loose mode
  Tasks around tasks; text that is tried as jq.

  Scenario: before and after run around each task of the kind, and data passes them by
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: extension, version: '1.0.0' }
    use:
      extensions:
        - audit:
            extend: set
            before: [ { begin: { call: audit, with: { begins: "${ $task.name }" } } } ]
            after: [ { end: { call: audit, with: { gave: "${ $task.output.n }" } } } ]
    do:
      - one: { set: { n: 1 } }
      - rest: { wait: PT0.01S }
      - two: { set: "${ {n: (.n + 1)} }" }
    """
    And a worker over ZeroMQ serves:
    """yaml
    audit: noted
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 2
    """
    And begin should run 2 times
    And end should run 2 times
    And worker 'audit' should have got:
    """yaml
    gave: 2
    """

  Scenario: exit in before leaves the task out
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: extension-exit, version: '1.0.0' }
    use:
      extensions:
        - mock:
            extend: call
            when: .mock
            before: [ { answer: { set: { mocked: true }, then: exit } } ]
    do:
      - real: { call: real }
    """
    And given the workflow input is:
    """yaml
    mock: true
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    mocked: true
    """

  Scenario: An extension whose condition is false does nothing
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: extension-when, version: '1.0.0' }
    use:
      extensions:
        - mock:
            extend: call
            when: .mock
            before: [ { answer: { set: { mocked: true }, then: exit } } ]
    do:
      - real: { call: real }
    """
    And given the workflow input is:
    """yaml
    mock: false
    """
    When the workflow is executed
    And worker 'real' answers:
    """yaml
    real
    """
    Then the workflow should complete with output:
    """yaml
    real
    """
    And answer should not run

  Scenario: Loose mode tries text as jq, and keeps what is none
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: loose, version: '1.0.0' }
    evaluate: { language: jq, mode: loose }
    do:
      - told: { set: { name: .user.name, greeting: Hello there, sum: 1 + 2 } }
    """
    And given the workflow input is:
    """yaml
    user: { name: Ada }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    { name: Ada, greeting: Hello there, sum: 3 }
    """
