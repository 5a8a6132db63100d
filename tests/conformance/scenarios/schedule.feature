Feature: Schedules
  Workflows that start by themselves.

  Scenario: every starts one workflow after the other
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: each, version: '1.0.0' }
    schedule: { every: PT1S }
    do:
      - told: { set: { ran: true } }
    """
    When the definition is deployed
    Then the schedule should have started 'each' 2 times
    When the schedule 'each' is deleted
    Then the workflow 'each' should complete with output:
    """yaml
    ran: true
    """

  Scenario: An event starts a workflow with its data
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: by-event, version: '1.0.0' }
    schedule: { on: { one: { with: { type: order.placed } } } }
    do:
      - told: { set: { got: "${ . }" } }
    """
    When the definition is deployed
    And an event is published:
    """yaml
    { type: order.placed, data: { n: 1 } }
    """
    Then the schedule should have started 'by-event'
    And the workflow 'by-event' should complete with output:
    """yaml
    got: [ { n: 1 } ]
    """

  Scenario: Each event starts a workflow of its own
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: by-events, version: '1.0.0' }
    schedule: { on: { any: [ { with: { type: a } }, { with: { type: b } } ] } }
    do:
      - told: { set: { got: "${ .[0] }" } }
    """
    When the definition is deployed
    And an event is published:
    """yaml
    { type: b, data: 2 }
    """
    And an event is published:
    """yaml
    { type: c, data: 3 }
    """
    And an event is published:
    """yaml
    { type: a, data: 1 }
    """
    Then the schedule should have started 'by-events' 2 times
    And the workflow 'by-events' should complete with output:
    """yaml
    got: 2
    """

  Scenario: All of several events start one workflow
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: by-all, version: '1.0.0' }
    schedule: { on: { all: [ { with: { type: a } }, { with: { type: b } } ] } }
    do:
      - told: { set: { got: "${ . | sort }" } }
    """
    When the definition is deployed
    And an event is published:
    """yaml
    { type: b, data: 2 }
    """
    And an event is published:
    """yaml
    { type: b, data: 3 }
    """
    And an event is published:
    """yaml
    { type: a, data: 1 }
    """
    Then the schedule should have started 'by-all'
    And the workflow 'by-all' should complete with output:
    """yaml
    got: [1, 2]
    """

  Scenario: A workflow of one schedule emits what starts another
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: second, version: '1.0.0' }
    schedule: { on: { one: { with: { type: first.done } } } }
    do:
      - told: { set: { from: "${ .[0].n }" } }
    """
    And another workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: first, version: '1.0.0' }
    do:
      - tell: { emit: { event: { with: { source: 'https://first.example', type: first.done, data: { n: 7 } } } } }
    """
    When the definitions are deployed
    And the workflow 'first' is executed
    Then the schedule should have started 'second'
    And the workflow 'second' should complete with output:
    """yaml
    from: 7
    """

  Scenario: A cron is known with its next run, and can be started by hand
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: nightly, version: '1.0.0' }
    schedule: { cron: 30 2 * * mon-fri }
    do:
      - told: { set: { ran: true } }
    """
    When the definition is deployed
    Then the schedule 'nightly' should have 'kind' 'cron'
    When the schedule 'nightly' is triggered
    Then the workflow 'nightly' should complete with output:
    """yaml
    ran: true
    """

  Scenario: A cron that never comes is refused
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: never, version: '1.0.0' }
    schedule: { cron: 0 0 30 2 * }
    do:
      - told: { set: { ran: true } }
    """
    Then the definition should be refused at '/schedule/cron'

  Scenario: Two kinds of schedule in one definition are refused
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: both, version: '1.0.0' }
    schedule: { every: PT1S, cron: '* * * * *' }
    do:
      - told: { set: { ran: true } }
    """
    Then the definition should be refused at '/schedule'
