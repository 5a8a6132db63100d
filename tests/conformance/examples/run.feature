Feature: Examples: processes and containers
  The specification's examples, unchanged. A program stands in for docker; it runs commands with sh.

  Scenario: run-container
    Given the example 'run-container.yaml'
    And the node is set up with:
    """yaml
    run: { container_runtime: '${programs}/docker', shell: true, script: true }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    "Hello from Docker!\n"
    """

  Scenario: run-container-cleanup-always
    Given the example 'run-container-cleanup-always.yaml'
    And the node is set up with:
    """yaml
    run: { container_runtime: '${programs}/docker', shell: true, script: true }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    "Hello from Docker!\n"
    """

  Scenario: run-container-cleanup-eventually
    Given the example 'run-container-cleanup-eventually.yaml'
    And the node is set up with:
    """yaml
    run: { container_runtime: '${programs}/docker', shell: true, script: true }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    "Hello from Docker!\n"
    """

  Scenario: run-container-with-name
    Given the example 'run-container-with-name.yaml'
    And the node is set up with:
    """yaml
    run: { container_runtime: '${programs}/docker', shell: true, script: true }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    "Hello from Docker!\n"
    """

  Scenario: run-container-with-pull-policy
    Given the example 'run-container-with-pull-policy.yaml'
    And the node is set up with:
    """yaml
    run: { container_runtime: '${programs}/docker', shell: true, script: true }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    "Hello from Docker!\n"
    """

  Scenario: run-container-stdin-and-arguments
    Given the example 'run-container-stdin-and-arguments.yaml'
    And the node is set up with:
    """yaml
    run: { container_runtime: '${programs}/docker', shell: true, script: true }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    "STDIN was: Hello World\nARGS are Foo Bar\n"
    """

  Scenario: run-return-all
    Given the example 'run-return-all.yaml'
    And the node is set up with:
    """yaml
    run: { container_runtime: '${programs}/docker', shell: true, script: true }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    { code: 0, stdout: "Hello from Docker!\n", stderr: "pulled\n" }
    """

  Scenario: run-return-code
    Given the example 'run-return-code.yaml'
    And the node is set up with:
    """yaml
    run: { container_runtime: '${programs}/docker', shell: true, script: true }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    0
    """

  Scenario: run-return-none
    Given the example 'run-return-none.yaml'
    And the node is set up with:
    """yaml
    run: { container_runtime: '${programs}/docker', shell: true, script: true }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    null
    """

  Scenario: run-return-stderr
    Given the example 'run-return-stderr.yaml'
    And the node is set up with:
    """yaml
    run: { container_runtime: '${programs}/docker', shell: true, script: true }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    "pulled\n"
    """

  Scenario: run-shell-stdin-and-arguments
    Given the example 'run-shell-stdin-and-arguments.yaml'
    And the node is set up with:
    """yaml
    run: { container_runtime: '${programs}/docker', shell: true, script: true }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    "STDIN was: Hello World\nARGS are Foo Bar\n"
    """

  @needs-node
  Scenario: run-script-with-stdin-and-arguments
    Given the example 'run-script-with-stdin-and-arguments.yaml'
    And the node is set up with:
    """yaml
    run: { container_runtime: '${programs}/docker', shell: true, script: true }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    "stdin >  Hello Workflow\narg >  hello\nenv >  bar\n"
    """
