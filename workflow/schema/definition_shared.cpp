#include "workflow/schema/definition_parts.hpp"

namespace endure::workflow::schema {

const char* const shared_parts = R"json({
  "name": {"type": "string", "pattern": "^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$"},
  "version": {"type": "string", "description": "A semantic version.", "maxLength": 64, "pattern": "^(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?(\\+[0-9A-Za-z.-]+)?$"},
  "variable": {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
  "expression": {"type": "string", "minLength": 1, "description": "jq; the braces ${ } may be left out here."},
  "transform": {"type": ["string", "object"], "description": "jq, or an object with ${ … } in it."},
  "flow": {"type": "string", "description": "continue, exit, end, or the name of a task in the same list."},
  "taskList": {
    "type": "array",
    "items": {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": {"$ref": "#/$defs/task"}}
  },
  "duration": {
    "description": "ISO 8601, an object, or ${ … } that gives one of both.",
    "anyOf": [
      {"type": "string", "minLength": 1, "examples": ["PT30S", "P7D"]},
      {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": false,
        "properties": {
          "days": {"type": "integer", "minimum": 0},
          "hours": {"type": "integer", "minimum": 0},
          "minutes": {"type": "integer", "minimum": 0},
          "seconds": {"type": "integer", "minimum": 0},
          "milliseconds": {"type": "integer", "minimum": 0}
        }
      }
    ]
  },
  "timeoutPolicy": {
    "type": "object",
    "required": ["after"],
    "additionalProperties": false,
    "properties": {"after": {"$ref": "#/$defs/duration"}}
  },
  "timeout": {"anyOf": [{"type": "string", "description": "A name under use.timeouts."}, {"$ref": "#/$defs/timeoutPolicy"}]},
  "schema": {
    "type": "object",
    "additionalProperties": false,
    "properties": {
      "format": {"type": "string", "examples": ["json"], "description": "json, which is JSON Schema 2020-12."},
      "document": {"type": ["object", "boolean"], "description": "The schema itself."},
      "resource": {"$ref": "#/$defs/resource"}
    },
    "oneOf": [{"required": ["document"]}, {"required": ["resource"]}]
  },
  "input": {
    "type": "object",
    "additionalProperties": false,
    "properties": {"schema": {"$ref": "#/$defs/schema"}, "from": {"$ref": "#/$defs/transform"}}
  },
  "output": {
    "type": "object",
    "additionalProperties": false,
    "properties": {"schema": {"$ref": "#/$defs/schema"}, "as": {"$ref": "#/$defs/transform"}}
  },
  "export": {
    "type": "object",
    "additionalProperties": false,
    "properties": {"schema": {"$ref": "#/$defs/schema"}, "as": {"$ref": "#/$defs/transform"}}
  },
  "resource": {
    "type": "object",
    "required": ["endpoint"],
    "additionalProperties": false,
    "properties": {"name": {"type": "string"}, "endpoint": {"$ref": "#/$defs/endpoint"}}
  },
  "endpoint": {
    "anyOf": [
      {"type": "string", "minLength": 1},
      {
        "type": "object",
        "required": ["uri"],
        "additionalProperties": false,
        "properties": {
          "uri": {"type": "string", "minLength": 1},
          "authentication": {"$ref": "#/$defs/authentication"}
        }
      }
    ]
  },
  "authentication": {
    "type": "object",
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": false,
    "properties": {
      "use": {"type": "string", "description": "A name under use.authentications."},
      "basic": {"type": "object"},
      "bearer": {"type": "object"},
      "digest": {"type": "object"},
      "oauth2": {"type": "object"},
      "oidc": {"type": "object"}
    }
  },
  "error": {
    "type": "object",
    "required": ["type", "status"],
    "additionalProperties": false,
    "properties": {
      "type": {"type": "string", "minLength": 1},
      "status": {"anyOf": [{"type": "integer", "minimum": 100, "maximum": 999}, {"type": "string"}]},
      "title": {"type": "string"},
      "detail": {"type": "string"},
      "instance": {"type": "string"}
    }
  },
  "retry": {
    "type": "object",
    "additionalProperties": false,
    "properties": {
      "when": {"$ref": "#/$defs/expression"},
      "exceptWhen": {"$ref": "#/$defs/expression"},
      "delay": {"$ref": "#/$defs/duration"},
      "backoff": {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": false,
        "properties": {
          "constant": {"type": "object", "maxProperties": 0},
          "exponential": {
            "type": "object",
            "additionalProperties": false,
            "properties": {"multiplier": {"type": "number", "minimum": 1, "maximum": 1000, "default": 2}, "maxDelay": {"$ref": "#/$defs/duration"}}
          },
          "linear": {
            "type": "object",
            "additionalProperties": false,
            "properties": {"increment": {"$ref": "#/$defs/duration"}, "maxDelay": {"$ref": "#/$defs/duration"}}
          }
        }
      },
      "limit": {
        "type": "object",
        "additionalProperties": false,
        "properties": {
          "attempt": {
            "type": "object",
            "additionalProperties": false,
            "properties": {"count": {"type": "integer", "minimum": 0}, "duration": {"$ref": "#/$defs/duration"}}
          },
          "duration": {"$ref": "#/$defs/duration"}
        }
      },
      "jitter": {
        "type": "object",
        "required": ["from", "to"],
        "additionalProperties": false,
        "properties": {"from": {"$ref": "#/$defs/duration"}, "to": {"$ref": "#/$defs/duration"}}
      }
    }
  },
  "extension": {
    "type": "object",
    "required": ["extend"],
    "additionalProperties": false,
    "properties": {
      "extend": {"enum": ["all", "call", "composite", "do", "emit", "for", "fork", "listen", "raise", "run", "set", "switch", "try", "wait"]},
      "when": {"$ref": "#/$defs/expression"},
      "before": {"$ref": "#/$defs/taskList"},
      "after": {"$ref": "#/$defs/taskList"}
    },
    "anyOf": [{"required": ["before"]}, {"required": ["after"]}]
  },
  "eventFilter": {
    "type": "object",
    "required": ["with"],
    "additionalProperties": false,
    "properties": {
      "with": {"type": "object"},
      "correlate": {
        "type": "object",
        "additionalProperties": {
          "type": "object",
          "required": ["from"],
          "additionalProperties": false,
          "properties": {"from": {"$ref": "#/$defs/expression"}, "expect": {"type": "string"}}
        }
      }
    }
  },
  "eventFilters": {"type": "array", "items": {"$ref": "#/$defs/eventFilter"}},
  "eventSelection": {
    "type": "object",
    "additionalProperties": false,
    "minProperties": 1,
    "maxProperties": 1,
    "properties": {
      "one": {"$ref": "#/$defs/eventFilter"},
      "any": {"$ref": "#/$defs/eventFilters"},
      "all": {"$ref": "#/$defs/eventFilters"}
    }
  },
  "eventConsumption": {
    "type": "object",
    "additionalProperties": false,
    "properties": {
      "one": {"$ref": "#/$defs/eventFilter"},
      "any": {"$ref": "#/$defs/eventFilters"},
      "all": {"$ref": "#/$defs/eventFilters"},
      "until": {"anyOf": [{"type": "string", "minLength": 1}, {"$ref": "#/$defs/eventSelection"}]}
    },
    "oneOf": [{"required": ["one"]}, {"required": ["any"]}, {"required": ["all"]}],
    "dependentRequired": {"until": ["any"]}
  },
  "iterator": {
    "type": "object",
    "additionalProperties": false,
    "properties": {
      "item": {"$ref": "#/$defs/variable", "default": "item"},
      "at": {"$ref": "#/$defs/variable", "default": "index"},
      "do": {"$ref": "#/$defs/taskList"},
      "output": {"$ref": "#/$defs/output"},
      "export": {"$ref": "#/$defs/export"}
    }
  },
  "httpArguments": {
    "type": "object",
    "required": ["method", "endpoint"],
    "additionalProperties": false,
    "properties": {
      "method": {"type": "string", "examples": ["get", "post"]},
      "endpoint": {"$ref": "#/$defs/endpoint"},
      "headers": {"type": ["object", "string"]},
      "query": {"type": ["object", "string"]},
      "body": {},
      "output": {"enum": ["content", "response", "raw"], "default": "content"},
      "redirect": {"type": "boolean", "default": false}
    }
  },
  "taskMetadata": {
    "type": "object",
    "description": "Any key may stand here. These concern Endure; the ones about steps belong on calls of functions.",
    "properties": {
      "queue": {"type": "string"},
      "priority": {"type": "integer", "minimum": 0, "maximum": 9, "description": "0 goes first.", "default": 5},
      "maxAttempts": {"type": "integer", "minimum": 1, "description": "Attempts at the step, the first included."},
      "lease": {"$ref": "#/$defs/duration"},
      "backoff": {"$ref": "#/$defs/duration"},
      "maxBackoff": {"$ref": "#/$defs/duration"},
      "status": {"type": "string", "minLength": 1, "description": "The workflow's business status from the start of the task."},
      "statusAfter": {"type": "string", "minLength": 1, "description": "The workflow's business status once the task has completed."}
    }
  }
})json";

}  // namespace endure::workflow::schema
