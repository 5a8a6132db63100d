Feature: Call HTTP
  Calls to services that answer badly, slowly, or not as JSON.

  Scenario: Method, headers, query and body arrive as they were given
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: http-request, version: '1.0.0' }
    do:
      - ask:
          call: http
          with: { method: post, endpoint: 'https://shop.example/orders', headers: { X-Shop: "${ .shop }" }, query: { dry: true, n: 2 }, body: { item: "${ .item }" } }
    """
    And given the workflow input is:
    """yaml
    { shop: north, item: fig }
    """
    And given 'POST /orders' answers:
    """yaml
    { status: 201, body: { id: 7 } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    id: 7
    """
    And 'POST /orders' should have been called with body:
    """yaml
    item: fig
    """
    And 'POST /orders' should have been called with header 'X-Shop':
    """yaml
    north
    """
    And 'POST /orders' should have been called with query:
    """yaml
    dry=true&n=2
    """
    And 'POST /orders' should have been called 1 times

  Scenario: Plain HTTP, and a text that is no JSON
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: http-text, version: '1.0.0' }
    do:
      - ask:
          call: http
          with: { method: get, endpoint: 'http://shop.example/motd' }
    """
    And given 'GET /motd' answers:
    """yaml
    { text: good day }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    good day
    """

  Scenario: A status that is no success is an error of that status
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: http-status, version: '1.0.0' }
    do:
      - ask:
          call: http
          with: { method: get, endpoint: 'https://shop.example/gone' }
    """
    And given 'GET /gone' answers:
    """yaml
    { status: 410, body: { why: moved } }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    { status: 410, instance: /do/0/ask }
    """

  Scenario: 429 and 500 are retried until it works
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: http-retry, version: '1.0.0' }
    do:
      - guarded:
          try:
            - ask: { call: http, with: { method: get, endpoint: 'https://shop.example/flaky' } }
          catch:
            errors: { with: { type: https://open-workflow-specification.org/spec/1.0.0/errors/communication } }
            retry: { delay: PT0.02S, backoff: { exponential: {} }, limit: { attempt: { count: 5 } } }
    """
    And given 'GET /flaky' answers:
    """yaml
    [ { status: 429, headers: { Retry-After: '1' } }, { status: 500 }, { body: { ok: true } } ]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    ok: true
    """
    And 'GET /flaky' should have been called 3 times
    And guarded should be retried after 20 ms, 40 ms
    And ask should run 3 times

  Scenario: A retry by status alone does not retry another
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: http-retry-status, version: '1.0.0' }
    do:
      - guarded:
          try:
            - ask: { call: http, with: { method: get, endpoint: 'https://shop.example/flaky' } }
          catch:
            errors: { with: { status: 503 } }
            retry: { delay: PT0.02S, limit: { attempt: { count: 5 } } }
    """
    And given 'GET /flaky' answers:
    """yaml
    [ { status: 503 }, { status: 400 } ]
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    status: 400
    """
    And 'GET /flaky' should have been called 2 times

  Scenario: An answer that says JSON and is none
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: http-malformed, version: '1.0.0' }
    do:
      - ask:
          call: http
          with: { method: get, endpoint: 'https://shop.example/broken' }
    """
    And given 'GET /broken' answers:
    """yaml
    { headers: { Content-Type: application/json }, text: '{"half": ' }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    { status: 502, instance: /do/0/ask }
    """

  Scenario: A task's timeout ends a call that takes too long
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: http-slow, version: '1.0.0' }
    do:
      - guarded:
          try:
            - ask:
                call: http
                with: { method: get, endpoint: 'https://shop.example/slow' }
                timeout: { after: PT0.15S }
          catch:
            errors: { with: { type: https://open-workflow-specification.org/spec/1.0.0/errors/timeout } }
            do: [ { told: { set: { slow: true } } } ]
    """
    And given 'GET /slow' answers:
    """yaml
    { delay_s: 3, body: late }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    slow: true
    """

  Scenario: A redirect is an error unless it is asked for
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: http-moved, version: '1.0.0' }
    do:
      - ask:
          call: http
          with: { method: get, endpoint: 'https://shop.example/old' }
    """
    And given 'GET /old' answers:
    """yaml
    { status: 302, headers: { Location: 'https://shop.example/new' } }
    """
    And given 'GET /new' answers:
    """yaml
    { body: { at: new } }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    status: 302
    """
    And 'GET /new' should have been called 0 times

  Scenario: Credentials for Basic and Bearer come from use.authentications
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: http-credentials, version: '1.0.0' }
    use:
      authentications:
        shop: { basic: { username: ada, password: "${ .secret }" } }
        bearer: { bearer: { token: t-42 } }
    do:
      - one:
          call: http
          with: { method: get, endpoint: { uri: 'https://httpbin.org/basic-auth/ada/lovelace', authentication: { use: shop } } }
          export: { as: .user }
      - two:
          call: http
          with: { method: get, endpoint: { uri: 'https://httpbin.org/bearer', authentication: { use: bearer } } }
      - told: { set: { user: "${ $context }", token: "${ .token }" } }
    """
    And given the workflow input is:
    """yaml
    secret: lovelace
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    { user: ada, token: t-42 }
    """

  Scenario: The response with its status and headers
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: http-response, version: '1.0.0' }
    do:
      - ask:
          call: http
          with: { method: get, endpoint: 'https://shop.example/pet', output: response }
          output: { as: '${ {status: .statusCode, kind: .headers["content-type"], name: .content.name, uri: .request.uri} }' }
    """
    And given 'GET /pet' answers:
    """yaml
    { body: { name: Milou } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    { status: 200, kind: application/json, name: Milou, uri: 'https://shop.example/pet' }
    """

  @any-order
  Scenario: Calls in the branches of a fork
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: http-fork, version: '1.0.0' }
    do:
      - both:
          fork:
            branches:
              - a: { call: http, with: { method: get, endpoint: 'https://shop.example/a' } }
              - b: { call: http, with: { method: get, endpoint: 'https://shop.example/b' } }
    """
    And given 'GET /a' answers:
    """yaml
    { body: 1 }
    """
    And given 'GET /b' answers:
    """yaml
    { body: 2 }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [1, 2]
    """
