Feature: Examples: schedules
  The specification's examples, unchanged.

  Scenario: schedule-cron
    Given the example 'schedule-cron.yaml'
    And given 'POST /api/v1/backup/start' answers:
    """yaml
    { body: { started: true } }
    """
    When the definition is deployed
    Then the schedule 'cron-schedule' should have 'kind' 'cron'
    When the schedule 'cron-schedule' is triggered
    Then the workflow 'cron-schedule' should complete with output:
    """yaml
    started: true
    """

  Scenario: schedule-event-driven
    Given the example 'schedule-event-driven.yaml'
    And given 'POST /api/v1/notify' answers:
    """yaml
    { body: { notified: true } }
    """
    When the definition is deployed
    And an event is published:
    """yaml
    { type: com.example.hospital.events.patients.heartbeat.low, data: { patient: { id: 7 } } }
    """
    Then the schedule should have started 'event-driven-schedule'
    And the workflow 'event-driven-schedule' should complete with output:
    """yaml
    notified: true
    """

  Scenario: set
    Given the example 'set.yaml'
    When the definition is deployed
    And an event is published:
    """yaml
    { type: io.serverlessworkflow.samples.events.trigger.v1, data: { go: 1 } }
    """
    Then the schedule should have started 'set'
    And the workflow 'set' should complete with output:
    """yaml
    startEvent: { go: 1 }
    """

  Scenario: set-expression
    Given the example 'set-expression.yaml'
    When the definition is deployed
    And an event is published:
    """yaml
    { type: io.serverlessworkflow.samples.events.trigger.v1, data: { go: 1 } }
    """
    Then the schedule should have started 'set'
    And the workflow 'set' should complete with output:
    """yaml
    go: 1
    """
