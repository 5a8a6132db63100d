Feature: Examples: HTTP and OpenAPI
  The specification's examples, unchanged.

  Scenario: call-http-endpoint-interpolation
    Given the example 'call-http-endpoint-interpolation.yaml'
    And given the workflow input is:
    """yaml
    petId: 1
    """
    And given 'GET /v2/pet/1' answers:
    """yaml
    { body: { id: 1, petId: 1, name: Milou, status: available } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    { id: 1, petId: 1, name: Milou, status: available }
    """

  Scenario: call-http-endpoint-interpolation-shorthand
    Given the example 'call-http-endpoint-interpolation-shorthand.yaml'
    And given the workflow input is:
    """yaml
    petId: 1
    """
    And given 'GET /v2/pet/1' answers:
    """yaml
    { body: { id: 1, petId: 1, name: Milou, status: available } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    { id: 1, petId: 1, name: Milou, status: available }
    """

  Scenario: do-single
    Given the example 'do-single.yaml'
    And given the workflow input is:
    """yaml
    petId: 1
    """
    And given 'GET /v2/pet/1' answers:
    """yaml
    { body: { id: 1, petId: 1, name: Milou, status: available } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    { id: 1, petId: 1, name: Milou, status: available }
    """

  Scenario: try-catch-retry-reusable
    Given the example 'try-catch-retry-reusable.yaml'
    And given the workflow input is:
    """yaml
    petId: 1
    """
    And given 'GET /v2/pet/1' answers:
    """yaml
    { body: { id: 1, petId: 1, name: Milou, status: available } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    { id: 1, petId: 1, name: Milou, status: available }
    """

  Scenario: do-multiple
    Given the example 'do-multiple.yaml'
    And given the workflow input is:
    """yaml
    petId: 1
    """
    And given 'GET /v2/pet/1' answers:
    """yaml
    { body: { id: 1, petId: 1, name: Milou, status: available } }
    """
    And given 'PUT /v2/pet/1' answers:
    """yaml
    { body: { id: 1, status: sold } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    { id: 1, status: sold }
    """
    And 'PUT /v2/pet/1' should have been called with body:
    """yaml
    { id: 1, petId: 1, name: Milou, status: sold }
    """

  Scenario: call-http-query-parameters
    Given the example 'call-http-query-parameters.yaml'
    And given the workflow input is:
    """yaml
    searchQuery: R2-D2
    """
    And given 'GET /api/people/' answers:
    """yaml
    { body: { count: 1 } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    count: 1
    """
    And 'GET /api/people/' should have been called with query:
    """yaml
    search=R2-D2
    """

  Scenario: call-http-query-headers-expressions
    Given the example 'call-http-query-headers-expressions.yaml'
    And given the workflow input is:
    """yaml
    searchQuery: R2-D2
    """
    And given 'GET /api/people/' answers:
    """yaml
    { body: { count: 1 } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    count: 1
    """
    And 'GET /api/people/' should have been called with query:
    """yaml
    search=R2-D2
    """

  Scenario: call-http-query-parameters with an input that does not fit its schema
    Given the example 'call-http-query-parameters.yaml'
    And given the workflow input is:
    """yaml
    search: R2-D2
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    { type: 'https://open-workflow-specification.org/spec/1.0.0/errors/validation', status: 400 }
    """
    And 'GET /api/people/' should have been called 0 times

  Scenario: call-http-redirect
    Given the example 'call-http-redirect.yaml'
    And given the workflow input is:
    """yaml
    searchQuery: R2
    """
    And given 'GET /api/people/' answers:
    """yaml
    { status: 302, headers: { Location: 'https://swapi.dev/api/found/' } }
    """
    And given 'GET /api/found/' answers:
    """yaml
    { body: { count: 2 } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    count: 2
    """

  Scenario: star-wars-homeworld
    Given the example 'star-wars-homeworld.yaml'
    And given the workflow input is:
    """yaml
    id: 1
    """
    And given 'GET /api/people/1' answers:
    """yaml
    { body: { name: Luke, homeworld: 'https://swapi.dev/api/planets/1/' } }
    """
    And given 'GET /api/planets/1/' answers:
    """yaml
    { body: { name: Tatooine } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    name: Tatooine
    """

  Scenario: call-openapi
    Given the example 'call-openapi.yaml'
    When the workflow is executed
    Then the workflow should complete
    And 'GET /v2/pet/findByStatus' should have been called 1 times
    And 'GET /v2/pet/findByStatus' should have been called with query:
    """yaml
    status=available
    """

  Scenario: call-openapi-redirect
    Given the example 'call-openapi-redirect.yaml'
    When the workflow is executed
    Then the workflow should complete
    And 'GET /v2/pet/findByStatus' should have been called 1 times
    And 'GET /v2/pet/findByStatus' should have been called with query:
    """yaml
    status=available
    """

  Scenario: call-custom-function-inline
    Given the example 'call-custom-function-inline.yaml'
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    { id: 69, name: Struppi, status: sold }
    """

  Scenario: call-custom-function-cataloged
    Given the example 'call-custom-function-cataloged.yaml'
    And the node is set up with:
    """yaml
    resources: { fetch: true }
    """
    And given 'GET /serverlessworkflow/catalog/main/functions/log/1.0.0/function.yaml' answers:
    """yaml
    text: |
      input: { schema: { document: { type: object, required: [message] } } }
      set: { logged: "${ .message }" }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    logged: Hello, world!
    """

  Scenario: mock-service-extension: its condition takes an endpoint with a uri for text
    Given the example 'mock-service-extension.yaml'
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    { type: 'https://open-workflow-specification.org/spec/1.0.0/errors/expression', instance: /do/0/callHttp }
    """
    And mockResponse should not run

  Scenario: conditional-task, of age
    Given the example 'conditional-task.yaml'
    And given the workflow input is:
    """yaml
    { customer: { age: 20 }, bet: 5 }
    """
    And given 'POST /api/bet/on/football' answers:
    """yaml
    { body: { placed: true } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    placed: true
    """
    And raiseErrorIfUnderage should be skipped

  Scenario: conditional-task, under age
    Given the example 'conditional-task.yaml'
    And given the workflow input is:
    """yaml
    { customer: { age: 17 }, bet: 5 }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    { type: 'https://superbet-casinos.com/customer/access-forbidden', status: 400, title: Access Forbidden }
    """
    And placeBet should not run

  @any-order
  Scenario: fork
    Given the example 'fork.yaml'
    And given the workflow input is:
    """yaml
    { patient: { fullName: Ada }, room: { number: 7 } }
    """
    And given 'PUT /api/v3/alert/nurses' answers:
    """yaml
    { delay_s: 3, body: { comes: nurse } }
    """
    And given 'PUT /api/v3/alert/doctor' answers:
    """yaml
    { body: { comes: doctor } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    comes: doctor
    """
    And callNurse should cancel
    And 'PUT /api/v3/alert/doctor' should have been called with body:
    """yaml
    { patientId: Ada, room: 7 }
    """
