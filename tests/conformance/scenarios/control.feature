Feature: Control
  Cancel, terminate, pause and resume.

  Scenario: A workflow that is cancelled while it waits
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: cancel, version: '1.0.0' }
    do:
      - hear: { listen: { to: { one: { with: { type: go } } } } }
    """
    When the workflow is executed
    Then the workflow should wait for event 'go'
    When the workflow is cancelled
    Then the workflow should cancel
    And hear should cancel

  Scenario: A workflow that is terminated
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: terminate, version: '1.0.0' }
    do:
      - hear: { listen: { to: { one: { with: { type: go } } } } }
    """
    When the workflow is executed
    Then the workflow should wait for event 'go'
    When the workflow is terminated
    Then the workflow should cancel

  Scenario: A paused workflow keeps what comes until it is resumed
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: pause, version: '1.0.0' }
    do:
      - hear: { listen: { to: { one: { with: { type: go } } } } }
    """
    When the workflow is executed
    Then the workflow should wait for event 'go'
    When the workflow is paused
    Then the workflow should be suspended
    When an event is sent:
    """yaml
    { type: go, data: 1 }
    """
    Then the workflow should be suspended
    When the workflow is resumed
    Then the workflow should complete with output:
    """yaml
    [1]
    """

  Scenario: A paused workflow's timer waits for the resume
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: pause-timer, version: '1.0.0' }
    do:
      - hear: { listen: { to: { one: { with: { type: go } } } } }
      - rest: { wait: PT0.05S }
    """
    When the workflow is executed
    Then the workflow should wait for event 'go'
    When the workflow is paused
    And an event is sent:
    """yaml
    { type: go, data: 1 }
    """
    When the workflow is resumed
    Then the workflow should complete with output:
    """yaml
    [1]
    """
    And rest should wait 50 ms
