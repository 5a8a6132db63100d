#include "workflow/schema/definition_parts.hpp"

namespace endure::workflow::schema {

const char* const workflow_parts = R"json({
  "type": "object",
  "required": ["document", "do"],
  "additionalProperties": false,
  "properties": {
    "document": {
      "type": "object",
      "description": "What the definition is called. It is immutable by namespace, name and version.",
      "required": ["dsl", "namespace", "name", "version"],
      "additionalProperties": false,
      "properties": {
        "dsl": {"type": "string", "description": "The version of the language.", "pattern": "^1\\.0\\.(0|[1-9][0-9]*)(\\+[0-9A-Za-z.-]+)?$", "examples": ["1.0.3"]},
        "namespace": {"$ref": "#/$defs/name"},
        "name": {"$ref": "#/$defs/name"},
        "version": {"$ref": "#/$defs/version"},
        "title": {"type": "string"},
        "summary": {"type": "string", "description": "Markdown."},
        "tags": {"type": "object"},
        "metadata": {
          "type": "object",
          "properties": {"status": {"type": "string", "minLength": 1, "description": "The business status of a workflow that has just been started."}}
        }
      }
    },
    "evaluate": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "language": {"const": "jq"},
        "mode": {"enum": ["strict", "loose"], "description": "strict: expressions stand in ${ }. loose: all text is tried as an expression.", "default": "strict"}
      }
    },
    "input": {"$ref": "#/$defs/input"},
    "output": {"$ref": "#/$defs/output"},
    "timeout": {"$ref": "#/$defs/timeout"},
    "schedule": {
      "type": "object",
      "additionalProperties": false,
      "minProperties": 1,
      "properties": {
        "every": {"$ref": "#/$defs/duration"},
        "cron": {"type": "string"},
        "after": {"$ref": "#/$defs/duration"},
        "on": {"$ref": "#/$defs/eventConsumption"},
        "read": {"enum": ["data", "envelope", "raw"]},
        "timezone": {"type": "string"},
        "metadata": {"type": "object"}
      }
    },
    "use": {
      "type": "object",
      "description": "Components that tasks refer to by name.",
      "additionalProperties": false,
      "properties": {
        "authentications": {"type": "object", "additionalProperties": {"$ref": "#/$defs/authentication"}},
        "catalogs": {
          "type": "object",
          "additionalProperties": {
            "type": "object",
            "required": ["endpoint"],
            "additionalProperties": false,
            "properties": {"endpoint": {"$ref": "#/$defs/endpoint"}}
          }
        },
        "errors": {"type": "object", "additionalProperties": {"$ref": "#/$defs/error"}},
        "extensions": {
          "type": "array",
          "items": {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": {"$ref": "#/$defs/extension"}}
        },
        "functions": {"type": "object", "additionalProperties": {"$ref": "#/$defs/task"}},
        "retries": {"type": "object", "additionalProperties": {"$ref": "#/$defs/retry"}},
        "secrets": {"type": "array", "items": {"type": "string"}},
        "timeouts": {"type": "object", "additionalProperties": {"$ref": "#/$defs/timeoutPolicy"}}
      }
    },
    "do": {"$ref": "#/$defs/taskList"}
  }
})json";

const char* const task_kinds = R"json({
  "call": {
    "required": ["call"],
    "properties": {
      "call": {"type": "string", "minLength": 1, "description": "http, another protocol, a function under use.functions, name:version@catalog, a URL; any other name is the step queue of that name."},
      "with": {"type": ["object", "string"], "description": "The arguments."}
    },
    "if": {"properties": {"call": {"const": "http"}}},
    "then": {"required": ["with"], "properties": {"with": {"$ref": "#/$defs/httpArguments"}}}
  },
  "do": {
    "required": ["do"],
    "properties": {"do": {"$ref": "#/$defs/taskList"}}
  },
  "emit": {
    "required": ["emit"],
    "properties": {
      "emit": {
        "type": "object",
        "required": ["event"],
        "additionalProperties": false,
        "properties": {
          "event": {
            "type": "object",
            "required": ["with"],
            "additionalProperties": false,
            "properties": {"with": {"type": "object", "required": ["type"]}}
          }
        }
      }
    }
  },
  "for": {
    "required": ["for", "do"],
    "properties": {
      "for": {
        "type": "object",
        "required": ["in"],
        "additionalProperties": false,
        "properties": {
          "each": {"$ref": "#/$defs/variable", "default": "item"},
          "in": {"type": ["string", "array"], "description": "An expression that gives a list, or the list."},
          "at": {"$ref": "#/$defs/variable", "default": "index"}
        }
      },
      "while": {"$ref": "#/$defs/expression"},
      "do": {"$ref": "#/$defs/taskList"}
    }
  },
  "fork": {
    "required": ["fork"],
    "properties": {
      "fork": {
        "type": "object",
        "required": ["branches"],
        "additionalProperties": false,
        "properties": {
          "branches": {"$ref": "#/$defs/taskList", "minItems": 1},
          "compete": {"type": "boolean", "default": false, "description": "Only the first branch that ends counts."}
        }
      }
    }
  },
  "listen": {
    "required": ["listen"],
    "properties": {
      "listen": {
        "type": "object",
        "required": ["to"],
        "additionalProperties": false,
        "properties": {
          "to": {"$ref": "#/$defs/eventConsumption"},
          "read": {"enum": ["data", "envelope", "raw"], "default": "data"}
        }
      },
      "foreach": {"$ref": "#/$defs/iterator"}
    }
  },
  "raise": {
    "required": ["raise"],
    "properties": {
      "raise": {
        "type": "object",
        "required": ["error"],
        "additionalProperties": false,
        "properties": {"error": {"anyOf": [{"type": "string", "description": "A name under use.errors."}, {"$ref": "#/$defs/error"}]}}
      }
    }
  },
  "run": {
    "required": ["run"],
    "properties": {
      "run": {
        "type": "object",
        "additionalProperties": false,
        "properties": {
          "container": {"type": "object", "required": ["image"]},
          "script": {"type": "object", "required": ["language"]},
          "shell": {"type": "object", "required": ["command"]},
          "workflow": {"type": "object", "required": ["namespace", "name"]},
          "await": {"type": "boolean", "default": true},
          "return": {"enum": ["stdout", "stderr", "code", "all", "none"], "default": "stdout"}
        },
        "oneOf": [{"required": ["container"]}, {"required": ["script"]}, {"required": ["shell"]}, {"required": ["workflow"]}]
      }
    }
  },
  "set": {
    "required": ["set"],
    "properties": {"set": {"type": ["object", "string"], "description": "The task's output; text of the form ${ … } in it is evaluated."}}
  },
  "switch": {
    "required": ["switch"],
    "properties": {
      "switch": {
        "type": "array",
        "minItems": 1,
        "items": {
          "type": "object",
          "minProperties": 1,
          "maxProperties": 1,
          "additionalProperties": {
            "type": "object",
            "required": ["then"],
            "additionalProperties": false,
            "properties": {"when": {"$ref": "#/$defs/expression"}, "then": {"$ref": "#/$defs/flow"}}
          }
        }
      }
    }
  },
  "try": {
    "required": ["try", "catch"],
    "properties": {
      "try": {"$ref": "#/$defs/taskList"},
      "catch": {
        "type": "object",
        "additionalProperties": false,
        "properties": {
          "errors": {
            "type": "object",
            "additionalProperties": false,
            "properties": {
              "with": {
                "type": "object",
                "minProperties": 1,
                "additionalProperties": false,
                "properties": {
                  "type": {"type": "string"},
                  "status": {"type": "integer", "minimum": 100, "maximum": 999},
                  "title": {"type": "string"},
                  "detail": {"type": "string"},
                  "instance": {"type": "string"}
                }
              }
            }
          },
          "as": {"$ref": "#/$defs/variable", "default": "error"},
          "when": {"$ref": "#/$defs/expression"},
          "exceptWhen": {"$ref": "#/$defs/expression"},
          "retry": {"anyOf": [{"type": "string", "description": "A name under use.retries."}, {"$ref": "#/$defs/retry"}]},
          "do": {"$ref": "#/$defs/taskList"},
          "then": {"$ref": "#/$defs/flow"}
        }
      }
    }
  },
  "wait": {
    "required": ["wait"],
    "properties": {"wait": {"$ref": "#/$defs/duration"}}
  }
})json";

}  // namespace endure::workflow::schema
