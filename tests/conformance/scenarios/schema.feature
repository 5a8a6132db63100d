Feature: Schemas
  Data is checked at the borders of the workflow and its tasks.

  Scenario: An input that fits
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: schema-fits, version: '1.0.0' }
    input: { schema: { format: json, document: { type: object, required: [ n ], properties: { n: { type: integer, minimum: 1 } } } } }
    do:
      - told: { set: { n: "${ .n }" } }
    """
    And given the workflow input is:
    """yaml
    n: 3
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 3
    """

  Scenario: A workflow's input that does not fit faults it before its first task
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: schema-input, version: '1.0.0' }
    input: { schema: { format: json, document: { type: object, required: [ n ], properties: { n: { type: integer, minimum: 1 } } } } }
    do:
      - told: { set: { n: 1 } }
    """
    And given the workflow input is:
    """yaml
    n: 0
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    { type: https://open-workflow-specification.org/spec/1.0.0/errors/validation, status: 400, instance: /input/schema }
    """
    And told should not run

  Scenario: A task's input that does not fit is caught around it
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: schema-task, version: '1.0.0' }
    do:
      - guarded:
          try:
            - told: { input: { schema: { format: json, document: { type: object, required: [ n ], properties: { n: { type: integer, minimum: 1 } } } } }, set: { n: 1 } }
          catch:
            errors: { with: { type: https://open-workflow-specification.org/spec/1.0.0/errors/validation } }
            do: [ { other: { set: { caught: "${ $error.instance }" } } } ]
    """
    And given the workflow input is:
    """yaml
    n: x
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    caught: /do/0/guarded/try/0/told
    """

  Scenario: A task's output that does not fit
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: schema-output, version: '1.0.0' }
    do:
      - told: { set: { n: -1 }, output: { schema: { format: json, document: { type: object, required: [ n ], properties: { n: { type: integer, minimum: 1 } } } } } }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    { type: https://open-workflow-specification.org/spec/1.0.0/errors/validation, instance: /do/0/told }
    """

  Scenario: A context that does not fit is not exported
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: schema-export, version: '1.0.0' }
    do:
      - told: { set: { n: -1 }, export: { as: "${ . }", schema: { format: json, document: { type: object, required: [ n ], properties: { n: { type: integer, minimum: 1 } } } } } }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    { type: https://open-workflow-specification.org/spec/1.0.0/errors/validation, instance: /do/0/told }
    """

  Scenario: A schema with a keyword that does not exist is refused
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: schema-bad, version: '1.0.0' }
    input: { schema: { format: json, document: { type: object, propertys: {} } } }
    do:
      - told: { set: { n: 1 } }
    """
    Then the definition should be refused at '/input/schema/document/propertys' with 'propert'
