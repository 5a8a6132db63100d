Feature: Listen
  One, any and all; kept events, filters, read modes.

  Scenario: One event, sent to the workflow
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: listen-one, version: '1.0.0' }
    do:
      - hear: { listen: { to: { one: { with: { type: order.placed } } } } }
      - told: { set: "${ {order: .[0]} }" }
    """
    When the workflow is executed
    And an event is sent:
    """yaml
    { type: order.placed, data: { n: 1 } }
    """
    Then the workflow should complete with output:
    """yaml
    order: { n: 1 }
    """

  Scenario: An event that was sent before its listen is kept
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: listen-kept, version: '1.0.0' }
    do:
      - step: { call: before }
      - hear: { listen: { to: { one: { with: { type: order.placed } } } } }
    """
    When the workflow is executed
    Then the workflow should wait for step 'before'
    And an event is sent:
    """yaml
    { type: order.placed, data: early }
    """
    And worker 'before' answers:
    """yaml
    {}
    """
    Then the workflow should complete with output:
    """yaml
    [early]
    """

  Scenario: One event, published to every listener
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: listen-published, version: '1.0.0' }
    do:
      - hear: { listen: { to: { one: { with: { type: order.placed, subject: a } } } } }
    """
    When the workflow is executed
    Then the workflow should wait for event 'order.placed'
    And an event is published:
    """yaml
    { type: order.placed, subject: b, data: other }
    """
    And an event is published:
    """yaml
    { type: order.placed, subject: a, data: ours }
    """
    Then the workflow should complete with output:
    """yaml
    [ours]
    """

  Scenario: Any of several events
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: listen-any, version: '1.0.0' }
    do:
      - hear:
          listen: { to: { any: [ { with: { type: order.paid } }, { with: { type: order.cancelled } } ] }, read: envelope }
          output: { as: ".[0].type" }
    """
    When the workflow is executed
    And an event is sent:
    """yaml
    { type: order.cancelled, data: null }
    """
    Then the workflow should complete with output:
    """yaml
    order.cancelled
    """

  Scenario: All of several events, in the order in which they come
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: listen-all, version: '1.0.0' }
    do:
      - hear: { listen: { to: { all: [ { with: { type: part.a } }, { with: { type: part.b } } ] } } }
    """
    When the workflow is executed
    And an event is sent:
    """yaml
    { type: part.b, data: b }
    """
    Then the workflow should be waiting
    And an event is sent:
    """yaml
    { type: part.a, data: a }
    """
    Then the workflow should complete with output:
    """yaml
    [b, a]
    """

  Scenario: A second event of the same kind does not stand for the other
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: listen-all-twice, version: '1.0.0' }
    do:
      - hear: { listen: { to: { all: [ { with: { type: part.a } }, { with: { type: part.b } } ] } } }
      - again:
          listen: { to: { one: { with: { type: part.a } } } }
          output: { as: "${ {first: $input, second: .} }" }
    """
    When the workflow is executed
    And an event is sent:
    """yaml
    { type: part.a, data: a1 }
    """
    And an event is sent:
    """yaml
    { type: part.a, data: a2 }
    """
    And an event is sent:
    """yaml
    { type: part.b, data: b }
    """
    Then the workflow should complete with output:
    """yaml
    { first: [a1, b], second: [a2] }
    """

  Scenario: A filter by an expression over the event's data
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: listen-data, version: '1.0.0' }
    do:
      - hear: { listen: { to: { one: { with: { type: reading, data: "${ .celsius > 38 }" } } } } }
    """
    When the workflow is executed
    Then the workflow should wait for event 'reading'
    And an event is published:
    """yaml
    { type: reading, data: { celsius: 36 } }
    """
    And an event is published:
    """yaml
    { type: reading, data: { celsius: 39 } }
    """
    Then the workflow should complete with output:
    """yaml
    [ { celsius: 39 } ]
    """

  Scenario: A filter by a regular expression
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: listen-regex, version: '1.0.0' }
    do:
      - hear:
          listen: { to: { one: { with: { type: "order\\..*" } } }, read: envelope }
          output: { as: ".[0].type" }
    """
    When the workflow is executed
    And an event is sent:
    """yaml
    { type: order.shipped, data: 1 }
    """
    Then the workflow should complete with output:
    """yaml
    order.shipped
    """

  Scenario: The envelope has the event's attributes
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: listen-envelope, version: '1.0.0' }
    do:
      - hear:
          listen: { to: { one: { with: { type: order.placed } } }, read: envelope }
          output: { as: "${ .[0] | {id, source, type, specversion, data} }" }
    """
    When the workflow is executed
    And an event is sent:
    """yaml
    { id: e-7, source: 'https://a.example', type: order.placed, data: [1] }
    """
    Then the workflow should complete with output:
    """yaml
    { id: e-7, source: 'https://a.example', type: order.placed, specversion: '1.0', data: [1] }
    """

  Scenario: An event counts once, however often it is sent
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: listen-once, version: '1.0.0' }
    do:
      - first: { listen: { to: { one: { with: { type: tick } } } } }
      - second:
          listen: { to: { one: { with: { type: tick } } } }
          output: { as: "${ [$input[0], .[0]] }" }
    """
    When the workflow is executed
    And an event is sent:
    """yaml
    { id: t1, type: tick, data: 1 }
    """
    And an event is sent:
    """yaml
    { id: t1, type: tick, data: 1 }
    """
    And an event is sent:
    """yaml
    { id: t2, type: tick, data: 2 }
    """
    Then the workflow should complete with output:
    """yaml
    [1, 2]
    """

  Scenario: Two workflows talk by emit and listen
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: answers, version: '1.0.0' }
    do:
      - hear: { listen: { to: { one: { with: { type: asked } } } } }
      - reply: { emit: { event: { with: { source: https://answers.example, type: answered, data: { answer: "${ .[0].question * 2 }" } } } } }
    """
    And another workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: asks, version: '1.0.0' }
    do:
      - both:
          fork:
            branches:
              - hear: { listen: { to: { one: { with: { type: answered } } } } }
              - ask: { emit: { event: { with: { source: https://asks.example, type: asked, data: { question: 21 } } } } }
      - told: { set: "${ .[0][0] }" }
    """
    When the workflow 'answers' is executed
    Then the workflow 'answers' should wait for event 'asked'
    When the workflow 'asks' is executed
    Then the workflow 'asks' should complete with output:
    """yaml
    answer: 42
    """
    And the workflow 'answers' should complete

  Scenario: An emitted event reaches several listeners
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: hears, version: '1.0.0' }
    do:
      - hear: { listen: { to: { one: { with: { type: told } } } } }
    """
    And another workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: also-hears, version: '1.0.0' }
    do:
      - hear: { listen: { to: { one: { with: { type: told } } } } }
    """
    And another workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: tells, version: '1.0.0' }
    do:
      - tell: { emit: { event: { with: { source: https://tells.example, type: told, data: news } } } }
    """
    When the workflow 'hears' is executed
    And the workflow 'also-hears' is executed
    Then the workflow 'hears' should wait for event
    And the workflow 'also-hears' should wait for event
    When the workflow 'tells' is executed
    Then the workflow 'tells' should complete
    And the workflow 'hears' should complete with output:
    """yaml
    [news]
    """
    And the workflow 'also-hears' should complete with output:
    """yaml
    [news]
    """
