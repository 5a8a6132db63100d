Feature: Errors
  Raise, catch, filters, and errors within handlers.

  Scenario: An error from use.errors is raised with its instance
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: raise-named, version: '1.0.0' }
    use:
      errors:
        broke: { type: https://errors.example/broke, status: 402, title: Broke }
    do:
      - group: { do: [ { pay: { raise: { error: broke } } } ] }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://errors.example/broke
    status: 402
    title: Broke
    instance: /do/0/group/do/0/pay
    """
    And pay should fault

  Scenario: The title and detail of an error may be expressions
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: raise-expression, version: '1.0.0' }
    do:
      - stop:
          raise:
            error: { type: https://errors.example/limit, status: 429, title: Limit,
                     detail: "${ \"only \\(.left) left\" }" }
    """
    And given the workflow input is:
    """yaml
    left: 2
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://errors.example/limit
    status: 429
    detail: only 2 left
    """

  Scenario: A filter on a type that fits catches
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: filter-type, version: '1.0.0' }
    do:
      - guarded:
          try:
            - bang: { raise: { error: { type: https://errors.example/boom, status: 418, title: Boom, detail: It went off } } }
          catch:
            errors: { with: { type: https://errors.example/boom } }
            do:
              - told: { set: { caught: "${ $error.title }" } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    caught: Boom
    """
    And bang should have faulted with error:
    """yaml
    status: 418
    """

  Scenario: A filter on a status that fits catches
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: filter-status, version: '1.0.0' }
    do:
      - guarded:
          try:
            - bang: { raise: { error: { type: https://errors.example/boom, status: 418, title: Boom, detail: It went off } } }
          catch:
            errors: { with: { status: 418 } }
            do:
              - told: { set: { caught: "${ $error.title }" } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    caught: Boom
    """
    And bang should have faulted with error:
    """yaml
    status: 418
    """

  Scenario: A filter on a title that fits catches
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: filter-title, version: '1.0.0' }
    do:
      - guarded:
          try:
            - bang: { raise: { error: { type: https://errors.example/boom, status: 418, title: Boom, detail: It went off } } }
          catch:
            errors: { with: { title: Boom } }
            do:
              - told: { set: { caught: "${ $error.title }" } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    caught: Boom
    """
    And bang should have faulted with error:
    """yaml
    status: 418
    """

  Scenario: A filter on an instance that fits catches
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: filter-instance, version: '1.0.0' }
    do:
      - guarded:
          try:
            - bang: { raise: { error: { type: https://errors.example/boom, status: 418, title: Boom, detail: It went off } } }
          catch:
            errors: { with: { instance: /do/0/guarded/try/0/bang } }
            do:
              - told: { set: { caught: "${ $error.title }" } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    caught: Boom
    """
    And bang should have faulted with error:
    """yaml
    status: 418
    """

  Scenario: A filter on a type that fits and a status that does not does not catch
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: filter-both, version: '1.0.0' }
    do:
      - guarded:
          try:
            - bang: { raise: { error: { type: https://errors.example/boom, status: 418, title: Boom, detail: It went off } } }
          catch:
            errors: { with: { type: https://errors.example/boom, status: 500 } }
            do:
              - told: { set: { caught: "${ $error.title }" } }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    { type: https://errors.example/boom, status: 418 }
    """
    And told should not run

  Scenario: A filter on when, with the error's variable catches
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: filter-when, version: '1.0.0' }
    do:
      - guarded:
          try:
            - bang: { raise: { error: { type: https://errors.example/boom, status: 418, title: Boom, detail: It went off } } }
          catch:
            when: $error.status == 418
            do:
              - told: { set: { caught: "${ $error.title }" } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    caught: Boom
    """
    And bang should have faulted with error:
    """yaml
    status: 418
    """

  Scenario: A filter on when, which does not hold does not catch
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: filter-when-not, version: '1.0.0' }
    do:
      - guarded:
          try:
            - bang: { raise: { error: { type: https://errors.example/boom, status: 418, title: Boom, detail: It went off } } }
          catch:
            when: $error.status == 500
            do:
              - told: { set: { caught: "${ $error.title }" } }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    { type: https://errors.example/boom, status: 418 }
    """
    And told should not run

  Scenario: A filter on exceptWhen, which holds does not catch
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: filter-except, version: '1.0.0' }
    do:
      - guarded:
          try:
            - bang: { raise: { error: { type: https://errors.example/boom, status: 418, title: Boom, detail: It went off } } }
          catch:
            exceptWhen: $error.status == 418
            do:
              - told: { set: { caught: "${ $error.title }" } }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    { type: https://errors.example/boom, status: 418 }
    """
    And told should not run

  Scenario: A catch without do gives what the try got
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: catch-bare, version: '1.0.0' }
    do:
      - guarded:
          try: [ { bang: { raise: { error: { type: https://errors.example/boom, status: 418, title: Boom, detail: It went off } } } } ]
          catch: { as: problem }
      - after: { set: "${ {n: .n, went: true} }" }
    """
    And given the workflow input is:
    """yaml
    n: 3
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    { n: 3, went: true }
    """

  Scenario: catch.then leads away from the ordinary way
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: catch-then, version: '1.0.0' }
    do:
      - guarded:
          try: [ { bang: { raise: { error: { type: https://errors.example/boom, status: 418, title: Boom, detail: It went off } } } } ]
          catch: { then: rescue }
      - ordinary: { set: { way: ordinary }, then: end }
      - rescue: { set: { way: rescue } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    way: rescue
    """
    And ordinary should not run

  Scenario: An error in a handler goes to the try around
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: catch-nested, version: '1.0.0' }
    do:
      - outer:
          try:
            - inner:
                try: [ { bang: { raise: { error: { type: https://errors.example/boom, status: 418, title: Boom, detail: It went off } } } } ]
                catch:
                  do:
                    - worse: { raise: { error: { type: https://errors.example/worse, status: 500, title: Worse } } }
          catch:
            as: problem
            do:
              - told: { set: { title: "${ $problem.title }", at: "${ $problem.instance }" } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    { title: Worse, at: /do/0/outer/try/0/inner/catch/do/0/worse }
    """

  Scenario: The spelling of a standard error's type does not matter to a filter
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: filter-spelling, version: '1.0.0' }
    do:
      - guarded:
          try:
            - bang: { raise: { error: { type: https://serverlessworkflow.io/spec/1.0.0/errors/communication, status: 503, title: Away } } }
          catch:
            errors: { with: { type: https://open-workflow-specification.org/dsl/errors/types/communication } }
            do: [ { told: { set: { caught: true } } } ]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    caught: true
    """
