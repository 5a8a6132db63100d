Feature: Flow
  Sequence, conditions and every flow directive, nested.

  Scenario: A task whose condition is false is skipped and passes its input on
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: skip, version: '1.0.0' }
    do:
      - first: { set: { n: 1 } }
      - never: { if: .n > 1, set: { n: 100 } }
      - last: { set: "${ {n: (.n + 1)} }" }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 2
    """
    And never should be skipped
    And never should not run
    And last should run after first

  Scenario: then: exit leaves a nested do, and the task behind it runs
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: exit-do, version: '1.0.0' }
    do:
      - inner:
          do:
            - one: { set: { n: 1 }, then: exit }
            - two: { set: { n: 2 } }
      - after: { set: "${ {n: (.n + 10)} }" }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 11
    """
    And two should not run
    And after should run last

  Scenario: then: end ends the workflow from within a nested do
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: end-do, version: '1.0.0' }
    do:
      - inner:
          do:
            - one: { set: { n: 1 }, then: end }
            - two: { set: { n: 2 } }
      - after: { set: { n: 3 } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 1
    """
    And two should not run
    And after should not run

  Scenario: then: continue goes on with the next task
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: continue, version: '1.0.0' }
    do:
      - one: { set: { n: 1 }, then: continue }
      - two: { set: "${ {n: (.n + 1)} }" }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 2
    """
    And two should run after one

  Scenario: then with a task's name jumps back, so that a loop can be written by hand
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: loop-by-hand, version: '1.0.0' }
    do:
      - count: { set: "${ {n: ((.n // 0) + 1)} }" }
      - again:
          switch:
            - more: { when: .n < 4, then: count }
            - enough: { then: continue }
      - told: { set: "${ {counted: .n} }" }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    counted: 4
    """
    And count should run 4 times
    And again should run 4 times

  Scenario: Directives of a nested list name tasks of that list alone
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: nested-names, version: '1.0.0' }
    do:
      - a:
          do:
            - x: { set: { seen: [ax] }, then: z }
            - y: { set: { seen: [never] } }
            - z: { set: "${ {seen: (.seen + [\"az\"])} }" }
      - b: { set: "${ {seen: (.seen + [\"b\"])} }" }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    seen: [ax, az, b]
    """
    And y should not run

  Scenario: A switch whose case says exit leaves its list
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: switch-exit, version: '1.0.0' }
    do:
      - inner:
          do:
            - choose: { switch: [ { stop: { when: .stop, then: exit } } ] }
            - work: { set: { worked: true } }
      - after: { set: "${ {stopped: (.worked != true)} }" }
    """
    And given the workflow input is:
    """yaml
    stop: true
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    stopped: true
    """
    And work should not run

  Scenario: A directive to a task that does not exist is refused at deployment
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: no-such-task, version: '1.0.0' }
    do:
      - one: { set: { n: 1 }, then: tow }
      - two: { set: { n: 2 } }
    """
    Then the definition should be refused at '/do/0/one/then' with 'two'

  Scenario: A switch of which no case holds passes on to the next task
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: switch-none, version: '1.0.0' }
    do:
      - choose:
          switch:
            - red: { when: .color == "red", then: end }
            - blue: { when: .color == "blue", then: end }
      - after: { set: "${ {color: .color, other: true} }" }
    """
    And given the workflow input is:
    """yaml
    color: green
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    { color: green, other: true }
    """
