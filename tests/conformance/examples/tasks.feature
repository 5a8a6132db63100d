Feature: Examples: tasks without services
  The specification's examples, unchanged.

  Scenario: emit
    Given the example 'emit.yaml'
    When the workflow is executed
    Then the workflow should complete
    And the workflow output should have a 'data' property with value:
    """yaml
    { client: { firstName: Cruella, lastName: de Vil }, items: [ { breed: dalmatian, quantity: 101 } ] }
    """

  Scenario: for-inline-array
    Given the example 'for-inline-array.yaml'
    When the workflow is executed
    Then the workflow should complete
    And the workflow output should have a 'processed' property containing 3 items

  Scenario: switch-then-string, electronic
    Given the example 'switch-then-string.yaml'
    And given the workflow input is:
    """yaml
    orderType: electronic
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    { validate: true, status: fulfilled }
    """

  Scenario: switch-then-string, anything else
    Given the example 'switch-then-string.yaml'
    And given the workflow input is:
    """yaml
    orderType: odd
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    { log: warn, message: something's wrong }
    """

  Scenario: wait-duration-inline: the timer is armed, and the wait cut short
    Given the example 'wait-duration-inline.yaml'
    When the workflow is executed
    Then the workflow should wait for timer
    When the workflow is cancelled
    Then the workflow should cancel
    And wait30Seconds should wait 30000 ms

  Scenario: wait-duration-iso8601: the timer is armed, and the wait cut short
    Given the example 'wait-duration-iso8601.yaml'
    When the workflow is executed
    Then the workflow should wait for timer
    When the workflow is cancelled
    Then the workflow should cancel
    And wait30Seconds should wait 30000 ms

  Scenario: run-subflow
    Given the example 'run-subflow.yaml'
    And another workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: test, name: register-customer, version: '0.1.0' }
    do:
      - register: { set: { registered: "${ .customer }" } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    registered: .user
    """
