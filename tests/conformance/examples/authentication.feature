Feature: Examples: authentication
  The specification's examples, unchanged.

  Scenario: authentication-bearer
    Given the example 'authentication-bearer.yaml'
    And given the workflow input is:
    """yaml
    { petId: 1, token: t-1 }
    """
    And given 'GET /v2/pet/1' answers:
    """yaml
    { body: { id: 1, petId: 1, name: Milou, status: available } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    { id: 1, petId: 1, name: Milou, status: available }
    """
    And 'GET /v2/pet/1' should have been called with header 'Authorization':
    """yaml
    Bearer t-1
    """

  Scenario: authentication-bearer-uri-format
    Given the example 'authentication-bearer-uri-format.yaml'
    And given the workflow input is:
    """yaml
    { petId: 1, token: t-1 }
    """
    And given 'GET /v2/pet/1' answers:
    """yaml
    { body: { id: 1, petId: 1, name: Milou, status: available } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    { id: 1, petId: 1, name: Milou, status: available }
    """
    And 'GET /v2/pet/1' should have been called with header 'Authorization':
    """yaml
    Bearer t-1
    """

  Scenario: authentication-reusable
    Given the example 'authentication-reusable.yaml'
    And given the workflow input is:
    """yaml
    { petId: 1, token: t-1 }
    """
    And given 'GET /v2/pet/1' answers:
    """yaml
    { body: { id: 1, petId: 1, name: Milou, status: available } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    { id: 1, petId: 1, name: Milou, status: available }
    """
    And 'GET /v2/pet/1' should have been called with header 'Authorization':
    """yaml
    Bearer t-1
    """

  Scenario: authentication-oauth2
    Given the example 'authentication-oauth2.yaml'
    And given the workflow input is:
    """yaml
    { petId: 1, token: t-1 }
    """
    And given 'GET /v2/pet/1' answers:
    """yaml
    { body: { id: 1, petId: 1, name: Milou, status: available } }
    """
    And given 'POST /realms/fake-authority/auth/token' answers:
    """yaml
    { body: { access_token: t-1, token_type: Bearer, expires_in: 60 } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    { id: 1, petId: 1, name: Milou, status: available }
    """
    And 'GET /v2/pet/1' should have been called with header 'Authorization':
    """yaml
    Bearer t-1
    """

  Scenario: authentication-oidc
    Given the example 'authentication-oidc.yaml'
    And given the workflow input is:
    """yaml
    { petId: 1, token: t-1 }
    """
    And given 'GET /v2/pet/1' answers:
    """yaml
    { body: { id: 1, petId: 1, name: Milou, status: available } }
    """
    And given 'GET /realms/fake-authority/.well-known/openid-configuration' answers:
    """yaml
    { body: { issuer: 'http://keycloak/realms/fake-authority', token_endpoint: 'http://keycloak/realms/fake-authority/auth/token' } }
    """
    And given 'POST /realms/fake-authority/auth/token' answers:
    """yaml
    { body: { access_token: t-1, token_type: Bearer, expires_in: 60 } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    { id: 1, petId: 1, name: Milou, status: available }
    """
    And 'GET /v2/pet/1' should have been called with header 'Authorization':
    """yaml
    Bearer t-1
    """

  Scenario: authentication-oauth2-secret
    Given the example 'authentication-oauth2-secret.yaml'
    And the secret 'mySecret' is:
    """yaml
    { authority: 'http://keycloak/realms/fake-authority', grant: client_credentials, client: { id: me, secret: mine }, endpoints: { token: /auth/token } }
    """
    And given the workflow input is:
    """yaml
    { petId: 1, token: t-1 }
    """
    And given 'GET /v2/pet/1' answers:
    """yaml
    { body: { id: 1, petId: 1, name: Milou, status: available } }
    """
    And given 'POST /realms/fake-authority/auth/token' answers:
    """yaml
    { body: { access_token: t-1, token_type: Bearer, expires_in: 60 } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    { id: 1, petId: 1, name: Milou, status: available }
    """
    And 'GET /v2/pet/1' should have been called with header 'Authorization':
    """yaml
    Bearer t-1
    """

  Scenario: authentication-oidc-secret
    Given the example 'authentication-oidc-secret.yaml'
    And the secret 'mySecret' is:
    """yaml
    { authority: 'http://keycloak/realms/fake-authority', grant: client_credentials, client: { id: me, secret: mine } }
    """
    And given the workflow input is:
    """yaml
    { petId: 1, token: t-1 }
    """
    And given 'GET /v2/pet/1' answers:
    """yaml
    { body: { id: 1, petId: 1, name: Milou, status: available } }
    """
    And given 'GET /realms/fake-authority/.well-known/openid-configuration' answers:
    """yaml
    { body: { issuer: 'http://keycloak/realms/fake-authority', token_endpoint: 'http://keycloak/realms/fake-authority/auth/token' } }
    """
    And given 'POST /realms/fake-authority/auth/token' answers:
    """yaml
    { body: { access_token: t-1, token_type: Bearer, expires_in: 60 } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    { id: 1, petId: 1, name: Milou, status: available }
    """
    And 'GET /v2/pet/1' should have been called with header 'Authorization':
    """yaml
    Bearer t-1
    """
