Feature: Examples: events
  The specification's examples, unchanged.

  Scenario: listen-to-one: the body of its call cannot be made of a list
    Given the example 'listen-to-one.yaml'
    When the workflow is executed
    And an event is sent:
    """yaml
    { type: com.virtual-wf-powered-race.events.race.started.v1, data: { carId: 7 } }
    """
    Then the workflow should fault
    And waitForStartup should complete
    And startup should fault

  Scenario: listen-to-any
    Given the example 'listen-to-any.yaml'
    When the workflow is executed
    And an event is sent:
    """yaml
    { type: whatever, data: 1 }
    """
    Then the workflow should complete with output:
    """yaml
    [1]
    """

  Scenario: listen-to-any-filter
    Given the example 'listen-to-any-filter.yaml'
    When the workflow is executed
    And an event is sent:
    """yaml
    { type: com.fake-hospital.vitals.measurements.temperature, data: { temperature: 37 } }
    """
    And an event is sent:
    """yaml
    { type: com.fake-hospital.vitals.measurements.bpm, data: { bpm: 120 } }
    """
    Then the workflow should complete with output:
    """yaml
    [ { bpm: 120 } ]
    """

  Scenario: listen-to-all
    Given the example 'listen-to-all.yaml'
    When the workflow is executed
    And an event is sent:
    """yaml
    { type: com.fake-hospital.vitals.measurements.bpm, data: { bpm: 50 } }
    """
    And an event is sent:
    """yaml
    { type: com.fake-hospital.vitals.measurements.temperature, data: { temperature: 39 } }
    """
    Then the workflow should complete with output:
    """yaml
    [ { bpm: 50 }, { temperature: 39 } ]
    """

  Scenario: listen-to-all-read-envelope
    Given the example 'listen-to-all-read-envelope.yaml'
    When the workflow is executed
    And an event is sent:
    """yaml
    { type: com.fake-hospital.vitals.measurements.bpm, data: { bpm: 50 } }
    """
    And an event is sent:
    """yaml
    { type: com.fake-hospital.vitals.measurements.temperature, data: { temperature: 39 } }
    """
    Then the workflow should complete
    And the workflow output should have a '1.data' property with value:
    """yaml
    { temperature: 39 }
    """
    And the workflow output should have a '0.type' property with value:
    """yaml
    com.fake-hospital.vitals.measurements.bpm
    """

  Scenario: listen-to-any-until-condition
    Given the example 'listen-to-any-until-condition.yaml'
    When the workflow is executed
    And an event is sent:
    """yaml
    { type: any.kind, data: 1 }
    """
    And an event is sent:
    """yaml
    { type: any.kind, data: 2 }
    """
    And an event is sent:
    """yaml
    { type: any.kind, data: 3 }
    """
    And an event is sent:
    """yaml
    { type: any.kind, data: 4 }
    """
    Then the workflow should complete with output:
    """yaml
    [1, 2, 3, 4]
    """

  Scenario: listen-to-any-until-consumed
    Given the example 'listen-to-any-until-consumed.yaml'
    When the workflow is executed
    And an event is sent:
    """yaml
    { type: com.fake-hospital.vitals.measurements.temperature, data: { temperature: 39 } }
    """
    And an event is sent:
    """yaml
    { type: com.fake-hospital.vitals.measurements.bpm, data: { bpm: 70 } }
    """
    And an event is sent:
    """yaml
    { type: com.fake-hospital.vitals.measurements.bpm, data: { bpm: 130 } }
    """
    And an event is sent:
    """yaml
    { type: com.fake-hospital.patient.checked-out, data: out }
    """
    Then the workflow should complete with output:
    """yaml
    [ { temperature: 39 }, { bpm: 130 } ]
    """

  Scenario: listen-to-any-forever-foreach
    Given the example 'listen-to-any-forever-foreach.yaml'
    And given the workflow input is:
    """yaml
    roomId: 12
    """
    And given 'POST /room/12' answers:
    """yaml
    { body: ok }
    """
    When the workflow is executed
    And an event is sent:
    """yaml
    { type: gossip, data: first }
    """
    And an event is sent:
    """yaml
    { type: gossip, data: second }
    """
    Then 'POST /room/12' should be called 2 times
    And the workflow should wait for event
    When the workflow is cancelled
    Then the workflow should cancel

  Scenario: for, over pets without a vet
    Given the example 'for.yaml'
    And given the workflow input is:
    """yaml
    pets: [ { id: 1 } ]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    pets: [ { id: 1 } ]
    """
    And waitForCheckup should not run

  Scenario: for: the output of a listen is a list, which has no pets
    Given the example 'for.yaml'
    And given the workflow input is:
    """yaml
    { vet: Ada, pets: [ { id: 1 } ] }
    """
    When the workflow is executed
    And an event is sent:
    """yaml
    { type: com.fake.petclinic.pets.checkup.completed.v2, data: {} }
    """
    Then the workflow should fault
    And waitForCheckup should fault

  Scenario: accumulate-room-readings: events of one room; the output of a listen is a list, which has no data
    Given the example 'accumulate-room-readings.yaml'
    When the workflow is executed
    And an event is sent:
    """yaml
    { source: 'https://my.home.com/sensor', type: my.home.sensors.temperature, roomid: kitchen, data: { reading: 20 } }
    """
    And an event is sent:
    """yaml
    { source: 'https://my.home.com/sensor', type: my.home.sensors.humidity, roomid: cellar, data: { reading: 80 } }
    """
    Then the workflow should wait for event 'my.home.sensors.humidity'
    And an event is sent:
    """yaml
    { source: 'https://my.home.com/sensor', type: my.home.sensors.humidity, roomid: kitchen, data: { reading: 60 } }
    """
    Then the workflow should fault
    And consumeReading should fault
