Feature: Examples: AsyncAPI
  The specification's examples, unchanged.

  Scenario: call-asyncapi-publish
    Given the example 'call-asyncapi-publish.yaml'
    And given the workflow input is:
    """yaml
    { pet: { id: 7 }, token: t-1 }
    """
    And given 'GET /docs/asyncapi.json' answers:
    """yaml
    body:
      asyncapi: 3.0.0
      info: { title: A stand-in, version: 1.0.0 }
      servers: { staging: { host: fake.com, protocol: https, pathname: /api } }
      channels:
        pets: { address: /pets }
        /notifications:
          address: /notifications
          messages: { notification: { correlationId: { location: '$message.payload#/correlationId' } } }
      operations:
        findPetsByStatus: { action: send, channel: { $ref: '#/channels/pets' } }
        getNotifications: { action: receive, channel: { $ref: '#/channels/~1notifications' } }
    """
    And given 'POST /api/pets' answers:
    """yaml
    { status: 202 }
    """
    When the workflow is executed
    Then the workflow should complete
    And 'POST /api/pets' should have been called with body:
    """yaml
    petId: 7
    """
    And 'POST /api/pets' should have been called with header 'Authorization':
    """yaml
    Bearer t-1
    """

  Scenario: call-asyncapi-subscribe-consume-until: goes on listening until it is cancelled
    Given the example 'call-asyncapi-subscribe-consume-until.yaml'
    And given the workflow input is:
    """yaml
    { userId: u1, contact: { firstName: Ada, lastName: Lovelace } }
    """
    And given 'GET /docs/asyncapi.json' answers:
    """yaml
    body:
      asyncapi: 2.6.0
      info: { title: A stand-in, version: 1.0.0 }
      servers: { staging: { url: https://fake.com/api, protocol: https } }
      channels:
        /notifications:
          subscribe: { operationId: getNotifications, message: { correlationId: { location: '$message.payload#/correlationId' } } }
    """
    And given 'GET /api/notifications' answers:
    """yaml
    - body:
        - { correlationId: u2, from: { firstName: Ada, lastName: Lovelace }, text: not ours }
        - { correlationId: u1, from: { firstName: Ada, lastName: Lovelace }, text: first }
    - body: []
    """
    When the workflow is executed
    Then 'GET /api/notifications' should be called 2 times at least
    And the workflow should wait for step 'endure.http'
    When the workflow is cancelled
    Then the workflow should cancel

  Scenario: call-asyncapi-subscribe-consume-while: goes on listening until it is cancelled
    Given the example 'call-asyncapi-subscribe-consume-while.yaml'
    And given the workflow input is:
    """yaml
    { userId: u1, contact: { firstName: Ada, lastName: Lovelace } }
    """
    And given 'GET /docs/asyncapi.json' answers:
    """yaml
    body:
      asyncapi: 3.0.0
      info: { title: A stand-in, version: 1.0.0 }
      servers: { staging: { host: fake.com, protocol: https, pathname: /api } }
      channels:
        pets: { address: /pets }
        /notifications:
          address: /notifications
          messages: { notification: { correlationId: { location: '$message.payload#/correlationId' } } }
      operations:
        findPetsByStatus: { action: send, channel: { $ref: '#/channels/pets' } }
        getNotifications: { action: receive, channel: { $ref: '#/channels/~1notifications' } }
    """
    And given 'GET /api/notifications' answers:
    """yaml
    - body:
        - { correlationId: u2, from: { firstName: Ada, lastName: Lovelace }, text: not ours }
        - { correlationId: u1, from: { firstName: Ada, lastName: Lovelace }, text: first }
    - body: []
    """
    When the workflow is executed
    Then 'GET /api/notifications' should be called 2 times at least
    And the workflow should wait for step 'endure.http'
    When the workflow is cancelled
    Then the workflow should cancel

  Scenario: call-asyncapi-subscribe-consume-forever-foreach: tells of each message
    Given the example 'call-asyncapi-subscribe-consume-forever-foreach.yaml'
    And given the workflow input is:
    """yaml
    { userId: u1, contact: { firstName: Ada, lastName: Lovelace } }
    """
    And given 'GET /docs/asyncapi.json' answers:
    """yaml
    body:
      asyncapi: 3.0.0
      info: { title: A stand-in, version: 1.0.0 }
      servers: { staging: { host: fake.com, protocol: https, pathname: /api } }
      channels:
        pets: { address: /pets }
        /notifications:
          address: /notifications
          messages: { notification: { correlationId: { location: '$message.payload#/correlationId' } } }
      operations:
        findPetsByStatus: { action: send, channel: { $ref: '#/channels/pets' } }
        getNotifications: { action: receive, channel: { $ref: '#/channels/~1notifications' } }
    """
    And given 'GET /api/notifications' answers:
    """yaml
    - body:
        - { correlationId: u2, from: { firstName: Ada, lastName: Lovelace }, text: not ours }
        - { correlationId: u1, from: { firstName: Ada, lastName: Lovelace }, text: first }
    - body: []
    """
    And another workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: examples, name: hears, version: '0.1.0' }
    do:
      - hear: { listen: { to: { one: { with: { type: io.serverlessworkflow.samples.asyncapi.message.consumed.v1 } } } } }
    """
    When the workflow 'hears' is executed
    And the workflow 'bearer-auth' is executed
    Then the workflow 'hears' should complete
    And the workflow 'hears' output should have a '0.message.payload.text' property with value:
    """yaml
    first
    """
    When the workflow 'bearer-auth' is cancelled
    Then the workflow 'bearer-auth' should cancel
