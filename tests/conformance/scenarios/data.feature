Feature: Data flow
  Input, output, export, context and the runtime's variables.

  Scenario: Exported context outlives the outputs of the tasks between
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: context, version: '1.0.0' }
    do:
      - one: { set: { a: 1 }, export: { as: "${ {kept: .a} }" } }
      - two: { set: { b: 2 } }
      - three: { set: { kept: "${ $context.kept }", b: "${ .b }" } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    { kept: 1, b: 2 }
    """
    And the workflow context should be:
    """yaml
    kept: 1
    """

  Scenario: input.from and output.as of the workflow filter at its borders
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: borders, version: '1.0.0' }
    input: { from: .order }
    output: { as: .total }
    do:
      - sum: { set: { total: "${ .price * .count }" } }
    """
    And given the workflow input is:
    """yaml
    order: { price: 7, count: 6 }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    42
    """

  Scenario: output.as sees the task's raw output and its input
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: output-as, version: '1.0.0' }
    do:
      - one:
          input: { from: .n }
          set: { doubled: "${ . * 2 }" }
          output: { as: "${ {was: $input, is: .doubled} }" }
    """
    And given the workflow input is:
    """yaml
    n: 4
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    { was: 4, is: 8 }
    """

  Scenario: set with an expression as a whole gives any value
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: set-list, version: '1.0.0' }
    do:
      - list: { set: "${ [.a, .b] }" }
    """
    And given the workflow input is:
    """yaml
    { a: 1, b: x }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [1, x]
    """

  Scenario: $workflow and $task tell where an expression runs
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: where-am-i, version: '1.0.0' }
    do:
      - here:
          set: { workflow: "${ $workflow.definition.document.name }", task: "${ $task.name }",
                 pointer: "${ $task.reference }", input: "${ $workflow.input.x }" }
    """
    And given the workflow input is:
    """yaml
    x: 5
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    { workflow: where-am-i, task: here, pointer: /do/0/here, input: 5 }
    """

  Scenario: An expression that fails faults its task with its pointer
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: bad-expression, version: '1.0.0' }
    do:
      - inner:
          do:
            - broken: { set: { n: "${ .text + 1 }" } }
    """
    And given the workflow input is:
    """yaml
    text: a
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    status: 400
    instance: /do/0/inner/do/0/broken
    """
    And broken should fault

  Scenario: An expression of input.from that fails can be caught
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: bad-input, version: '1.0.0' }
    do:
      - guarded:
          try:
            - broken: { input: { from: ".text | keys" }, set: { n: 1 } }
          catch:
            errors: { with: { type: https://open-workflow-specification.org/spec/1.0.0/errors/expression } }
            as: problem
            do:
              - told: { set: { caught: "${ $problem.instance }" } }
    """
    And given the workflow input is:
    """yaml
    text: a
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    caught: /do/0/guarded/try/0/broken
    """
