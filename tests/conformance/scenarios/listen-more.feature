Feature: Listen on
  until, foreach and correlation, over any number of events.

  Scenario: until a condition holds, which sees the events so far
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: until-condition, version: '1.0.0' }
    do:
      - hear:
          listen: { to: { any: [ { with: { type: part } } ], until: "( . | length ) == 3" } }
    """
    When the workflow is executed
    And an event is sent:
    """yaml
    { type: part, data: 1 }
    """
    And an event is sent:
    """yaml
    { type: part, data: 2 }
    """
    And an event is sent:
    """yaml
    { type: part, data: 3 }
    """
    Then the workflow should complete with output:
    """yaml
    [1, 2, 3]
    """

  Scenario: until another event comes
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: until-event, version: '1.0.0' }
    do:
      - hear:
          listen:
            to: { any: [ { with: { type: part } } ], until: { one: { with: { type: stop } } } }
    """
    When the workflow is executed
    And an event is sent:
    """yaml
    { type: part, data: 1 }
    """
    And an event is sent:
    """yaml
    { type: other, data: 2 }
    """
    And an event is sent:
    """yaml
    { type: part, data: 3 }
    """
    And an event is sent:
    """yaml
    { type: stop, data: 4 }
    """
    Then the workflow should complete with output:
    """yaml
    [1, 3]
    """

  Scenario: foreach works on each event in turn, and its outputs are the output
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: foreach, version: '1.0.0' }
    do:
      - hear:
          listen:
            to: { any: [ { with: { type: part } } ], until: { one: { with: { type: stop } } } }
          foreach:
            item: part
            at: place
            do:
              - work: { call: work, with: { part: "${ $part }", place: "${ $place }" } }
            output: { as: "${ {made: .} }" }
    """
    When the workflow is executed
    And an event is sent:
    """yaml
    { type: part, data: a }
    """
    And an event is sent:
    """yaml
    { type: part, data: b }
    """
    And worker 'work' answers:
    """yaml
    A
    """
    And worker 'work' answers:
    """yaml
    B
    """
    And worker 'work' should have got:
    """yaml
    { part: b, place: 1 }
    """
    And an event is sent:
    """yaml
    { type: stop, data: null }
    """
    Then the workflow should complete with output:
    """yaml
    [ { made: A }, { made: B } ]
    """
    And work should run 2 times

  Scenario: A correlation without an expected value is set by the first event
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: correlate, version: '1.0.0' }
    do:
      - hear:
          listen:
            to:
              all:
                - { with: { type: order.paid }, correlate: { order: { from: .data.order } } }
                - { with: { type: order.packed }, correlate: { order: { from: .data.order } } }
    """
    When the workflow is executed
    And an event is sent:
    """yaml
    { type: order.paid, data: { order: 7 } }
    """
    And an event is sent:
    """yaml
    { type: order.packed, data: { order: 8 } }
    """
    Then the workflow should wait for event 'order.packed'
    And an event is sent:
    """yaml
    { type: order.packed, data: { order: 7 } }
    """
    Then the workflow should complete with output:
    """yaml
    [ { order: 7 }, { order: 7 } ]
    """

  Scenario: A correlation with an expected value
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: correlate-expect, version: '1.0.0' }
    do:
      - hear:
          listen:
            to: { one: { with: { type: order.paid }, correlate: { order: { from: .data.order, expect: "${ .order }" } } } }
    """
    And given the workflow input is:
    """yaml
    order: 5
    """
    When the workflow is executed
    Then the workflow should wait for event 'order.paid'
    And an event is published:
    """yaml
    { type: order.paid, data: { order: 4 } }
    """
    And an event is published:
    """yaml
    { type: order.paid, data: { order: 5 } }
    """
    Then the workflow should complete with output:
    """yaml
    [ { order: 5 } ]
    """

  Scenario: An event to every listener that comes before its listen is kept for it
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: kept, version: '1.0.0' }
    do:
      - step: { call: before }
      - hear: { listen: { to: { one: { with: { type: news } } } } }
    """
    When the workflow is executed
    Then the workflow should wait for step 'before'
    And an event is published:
    """yaml
    { type: news, data: early }
    """
    And worker 'before' answers:
    """yaml
    {}
    """
    Then the workflow should complete with output:
    """yaml
    [early]
    """
