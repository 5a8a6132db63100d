Feature: Examples: errors
  The specification's examples, unchanged.

  Scenario: raise-inline
    Given the example 'raise-inline.yaml'
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/errors/not-implemented
    status: 500
    title: Not Implemented
    detail: The workflow 'raise-not-implemented:0.1.0' is a work in progress and cannot be run yet
    instance: /do/0/notImplemented
    """

  Scenario: raise-reusable
    Given the example 'raise-reusable.yaml'
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/errors/not-implemented
    status: 500
    title: Not Implemented
    detail: The workflow 'raise-not-implemented:0.1.0' is a work in progress and cannot be run yet
    instance: /do/0/notImplemented
    """

  Scenario: try-catch
    Given the example 'try-catch.yaml'
    And given the workflow input is:
    """yaml
    petId: 1
    """
    And given 'GET /v2/pet/1' answers:
    """yaml
    { status: 404, body: { message: gone } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    petId: 1
    """

  Scenario: try-catch-then
    Given the example 'try-catch-then.yaml'
    And given the workflow input is:
    """yaml
    petId: 1
    """
    And given 'GET /v2/pet/1' answers:
    """yaml
    { status: 404, body: { message: gone } }
    """
    When the workflow is executed
    Then the workflow should complete
    And notifySupport should run before setError
    And buyPet should be skipped

  Scenario: try-catch-then-directive
    Given the example 'try-catch-then-directive.yaml'
    And given 'GET /api' answers:
    """yaml
    { status: 503 }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    status: failed
    """
    And continueProcessing should not run

  Scenario: try-catch-then-directive, when all is well
    Given the example 'try-catch-then-directive.yaml'
    And given 'GET /api' answers:
    """yaml
    { body: {} }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    status: ok
    """
    And recordFailure should not run

  Scenario: try-catch-retry-inline
    Given the example 'try-catch-retry-inline.yaml'
    And given the workflow input is:
    """yaml
    petId: 1
    """
    And given 'GET /v2/pet/1' answers:
    """yaml
    [ { status: 503 }, { body: { id: 1 } } ]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    id: 1
    """
    And tryGetPet should be retried after 3000 ms
