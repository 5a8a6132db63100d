Feature: For
  Loops: variables, conditions, directives, waits and nesting.

  Scenario: each and at name the item and its index
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: named, version: '1.0.0' }
    do:
      - loop:
          for: { each: fruit, in: .fruits, at: place }
          do:
            - add: { set: "${ {fruits: .fruits, seen: ((.seen // []) + [\"\\($place):\\($fruit)\"])} }" }
    output: { as: .seen }
    """
    And given the workflow input is:
    """yaml
    fruits: [fig, date]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    ['0:fig', '1:date']
    """
    And add should run 2 times

  Scenario: while ends a loop before its list does
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: for-while, version: '1.0.0' }
    do:
      - loop:
          for: { each: n, in: "[1, 2, 3, 4]" }
          while: (.sum // 0) < 3
          do:
            - add: { set: "${ {sum: ((.sum // 0) + $n)} }" }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    sum: 3
    """
    And add should run 2 times

  Scenario: A loop over an empty list passes its input on
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: for-empty, version: '1.0.0' }
    do:
      - loop:
          for: { in: .items }
          do: [ { never: { set: { n: 1 } } } ]
    """
    And given the workflow input is:
    """yaml
    { items: [], kept: yes }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    { items: [], kept: yes }
    """
    And never should not run

  Scenario: Loops within loops see both variables
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: for-nested, version: '1.0.0' }
    do:
      - rows:
          for: { each: row, in: "[1, 2]" }
          do:
            - columns:
                for: { each: column, in: "[10, 20]" }
                do:
                  - cell: { set: "${ {cells: ((.cells // []) + [$row * $column])} }" }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    cells: [10, 20, 20, 40]
    """
    And cell should run 4 times

  Scenario: A wait in every round, and exit ends the round alone
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: for-exit, version: '1.0.0' }
    do:
      - loop:
          for: { each: n, in: "[1, 2, 3]" }
          do:
            - rest: { wait: { milliseconds: 20 } }
            - odd: { switch: [ { even: { when: $n % 2 == 0, then: exit } } ] }
            - add: { set: "${ {odd: ((.odd // []) + [$n])} }" }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    odd: [1, 3]
    """
    And rest should run 3 times
    And add should run 2 times
    And rest should wait 20 ms

  Scenario: A list that is none faults the loop
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: for-no-list, version: '1.0.0' }
    do:
      - loop: { for: { in: .items }, do: [ { never: { set: { n: 1 } } } ] }
    """
    And given the workflow input is:
    """yaml
    items: 7
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    instance: /do/0/loop
    """
