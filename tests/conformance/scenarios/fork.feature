Feature: Fork
  Branches side by side, joined or in a race.

  Scenario: A fork that does not compete gives the outputs of its branches in their order
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: fork-join, version: '1.0.0' }
    do:
      - both:
          fork:
            compete: false
            branches:
              - slow: { do: [ { rest: { wait: { milliseconds: 60 } } }, { left: { set: { side: left } } } ] }
              - quick: { set: { side: right } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [ { side: left }, { side: right } ]
    """

  Scenario: A fork that competes gives the first output and cancels the others
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: fork-race, version: '1.0.0' }
    do:
      - race:
          fork:
            compete: true
            branches:
              - forever: { do: [ { hear: { listen: { to: { one: { with: { type: never.sent } } } } } } ] }
              - quick: { do: [ { rest: { wait: { milliseconds: 30 } } }, { won: { set: { winner: quick } } } ] }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    winner: quick
    """
    And hear should cancel
    And won should complete
    And race should complete

  Scenario: A fault in one branch ends the others and can be caught around the fork
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: fork-fault, version: '1.0.0' }
    do:
      - guarded:
          try:
            - both:
                fork:
                  branches:
                    - patient: { listen: { to: { one: { with: { type: never.sent } } } } }
                    - broken:
                        raise: { error: { type: https://errors.example/broken, status: 500, title: Broken } }
          catch:
            as: problem
            do:
              - told: { set: { at: "${ $problem.instance }" } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    at: /do/0/guarded/try/0/both/fork/branches/1/broken
    """
    And patient should cancel

  Scenario: Branches wait for workers, each for its own
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: fork-steps, version: '1.0.0' }
    do:
      - both:
          fork:
            branches:
              - first: { call: left, with: { n: 1 } }
              - second: { call: right, with: { n: 2 } }
    """
    When the workflow is executed
    When worker 'right' answers:
    """yaml
    two
    """
    When worker 'left' answers:
    """yaml
    one
    """
    Then the workflow should complete with output:
    """yaml
    [one, two]
    """

  Scenario: Forks within forks
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: fork-nested, version: '1.0.0' }
    do:
      - outer:
          fork:
            branches:
              - pair:
                  fork:
                    branches:
                      - a: { set: { at: a } }
                      - b: { set: { at: b } }
              - c: { set: { at: c } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [ [ { at: a }, { at: b } ], { at: c } ]
    """
