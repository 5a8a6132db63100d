Feature: Examples: MCP and AsyncAPI
  The specification's examples, unchanged.

  Scenario: call-mcp
    Given the example 'call-mcp.yaml'
    When the workflow is executed
    Then the workflow should complete
    And the workflow output should have a 'content' property with value:
    """yaml
    [ { type: text, text: 'posted to C1234567890: Hello, world! :wave:' } ]
    """
