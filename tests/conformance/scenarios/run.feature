Feature: Run
  Child workflows and processes.

  Scenario: A child workflow's output is the task's
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: parent, version: '1.0.0' }
    do:
      - sub: { run: { workflow: { namespace: conformance, name: child, version: '1.0.0', input: { n: "${ .n }" } } } }
      - after: { set: { got: "${ .twice }" } }
    """
    And another workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: child, version: '1.0.0' }
    do:
      - work: { call: work, with: { n: "${ .n }" } }
      - told: { set: { twice: "${ .twice }" } }
    """
    And given the workflow input is:
    """yaml
    n: 4
    """
    When the workflow 'parent' is executed
    And worker 'work' answers:
    """yaml
    { twice: 8 }
    """
    Then the workflow 'parent' should complete with output:
    """yaml
    got: 8
    """

  Scenario: A child's error is raised in its parent, at the task
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: parent-fails, version: '1.0.0' }
    do:
      - sub: { run: { workflow: { namespace: conformance, name: child, version: '1.0.0', input: { n: "${ .n }" } } } }
    """
    And another workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: child, version: '1.0.0' }
    do:
      - work: { call: work, with: { n: "${ .n }" } }
      - told: { set: { twice: "${ .twice }" } }
    """
    And given the workflow input is:
    """yaml
    n: 4
    """
    When the workflow 'parent-fails' is executed
    And worker 'work' fails with:
    """yaml
    { type: 'https://errors.example/bad', title: Bad, status: 422, retryable: false }
    """
    Then the workflow 'parent-fails' should fault with error:
    """yaml
    { type: 'https://errors.example/bad', status: 422, title: Bad, instance: /do/0/sub }
    """

  Scenario: A child that nobody awaits goes its own way
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: parent-detached, version: '1.0.0' }
    do:
      - sub: { run: { workflow: { namespace: conformance, name: child, version: '1.0.0', input: { n: "${ .n }" } }, await: false } }
    """
    And another workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: child, version: '1.0.0' }
    do:
      - work: { call: work, with: { n: "${ .n }" } }
      - told: { set: { twice: "${ .twice }" } }
    """
    And given the workflow input is:
    """yaml
    n: 4
    """
    When the workflow 'parent-detached' is executed
    Then the workflow 'parent-detached' should complete with output:
    """yaml
    n: 4
    """
    And worker 'work' answers:
    """yaml
    { twice: 8 }
    """

  Scenario: A parent that is cancelled cancels its child
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: parent-cancelled, version: '1.0.0' }
    do:
      - sub: { run: { workflow: { namespace: conformance, name: child, version: '1.0.0', input: { n: "${ .n }" } } } }
    """
    And another workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: child, version: '1.0.0' }
    do:
      - work: { call: work, with: { n: "${ .n }" } }
      - told: { set: { twice: "${ .twice }" } }
    """
    And given the workflow input is:
    """yaml
    n: 4
    """
    When the workflow 'parent-cancelled' is executed
    Then the workflow should wait for child
    When the workflow is cancelled
    Then the workflow should cancel
    And the children of 'parent-cancelled' should be cancelled

  Scenario: A command, its arguments, environment and input
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: shell, version: '1.0.0' }
    do:
      - say:
          run:
            shell: { command: 'echo "$1 $GREETING $(cat)"', arguments: [ a ], environment: { GREETING: "${ .greeting }" }, stdin: input }
    """
    And the node is set up with:
    """yaml
    run: { shell: true, script: true, container_runtime: '${programs}/docker' }
    """
    And given the workflow input is:
    """yaml
    greeting: hello there
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    "a hello there input\n"
    """

  Scenario: A code that is not 0 is an error
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: shell-fails, version: '1.0.0' }
    do:
      - guarded:
          try: [ { say: { run: { shell: { command: "echo no >&2; exit 3" } } } } ]
          catch:
            errors: { with: { type: https://open-workflow-specification.org/spec/1.0.0/errors/runtime } }
            do: [ { told: { set: { detail: "${ $error.detail }" } } } ]
    """
    And the node is set up with:
    """yaml
    run: { shell: true, script: true, container_runtime: '${programs}/docker' }
    """
    When the workflow is executed
    Then the workflow should complete
    And the workflow output should have properties 'detail'

  Scenario: return: all asks for the code itself
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: shell-all, version: '1.0.0' }
    do:
      - say: { run: { shell: { command: "echo out; echo err >&2; exit 3" }, return: all } }
    """
    And the node is set up with:
    """yaml
    run: { shell: true, script: true, container_runtime: '${programs}/docker' }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    { code: 3, stdout: "out\n", stderr: "err\n" }
    """

  Scenario: A Python script
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: script, version: '1.0.0' }
    do:
      - compute:
          run:
            script:
              language: python
              environment: { A: "4" }
              arguments: [ "5" ]
              code: |
                import os, sys
                print(int(os.environ["A"]) * int(sys.argv[1]))
          output: { as: "${ tonumber }" }
    """
    And the node is set up with:
    """yaml
    run: { shell: true, script: true, container_runtime: '${programs}/docker' }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    20
    """

  Scenario: A container with ports, volumes and a command
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: container, version: '1.0.0' }
    do:
      - say:
          run:
            container:
              image: alpine
              command: "echo $A"
              environment: { A: inside }
              ports: { "8080": 80 }
              volumes: { /srv/x: /x }
    """
    And the node is set up with:
    """yaml
    run: { shell: true, script: true, container_runtime: '${programs}/docker' }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    "inside\n"
    """

  Scenario: A task's timeout ends a process
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: shell-slow, version: '1.0.0' }
    do:
      - slow: { run: { shell: { command: sleep 3600 } }, timeout: { after: PT0.2S } }
    """
    And the node is set up with:
    """yaml
    run: { shell: true, script: true, container_runtime: '${programs}/docker' }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    { status: 408, instance: /do/0/slow }
    """

  Scenario: A node that does not allow processes refuses them at deployment
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: shell-refused, version: '1.0.0' }
    do:
      - say: { run: { shell: { command: "true" } } }
    """
    Then the definition should be refused at '/do/0/say/run/shell' with 'run.shell'
