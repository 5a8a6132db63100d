"""The part of petstore.swagger.io that definitions use, with a Swagger document of its own."""

import json
from urllib.parse import parse_qs

_PETS = [
    {"id": 1, "name": "Milou", "status": "available"},
    {"id": 2, "name": "Idefix", "status": "available"},
    {"id": 3, "name": "Rantanplan", "status": "pending"},
    {"id": 69, "name": "Struppi", "status": "sold"},
]

_PET = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "id": {"type": "integer", "format": "int64"},
        "name": {"type": "string"},
        "status": {"type": "string", "enum": ["available", "pending", "sold"]},
    },
}

DOCUMENT = {
    "swagger": "2.0",
    "info": {"title": "A stand-in for the pet store", "version": "1.0.0"},
    "host": "petstore.swagger.io",
    "basePath": "/v2",
    "schemes": ["https"],
    "paths": {
        "/pet/findByStatus": {
            "get": {
                "operationId": "findPetsByStatus",
                "produces": ["application/json"],
                "parameters": [{
                    "name": "status", "in": "query", "required": True, "type": "array",
                    "items": {"type": "string", "enum": ["available", "pending", "sold"]},
                    "collectionFormat": "multi",
                }],
                "responses": {"200": {"description": "the pets",
                                      "schema": {"type": "array", "items": {"$ref": "#/definitions/Pet"}}}},
            }
        },
        "/pet/{petId}": {
            "get": {
                "operationId": "getPetById",
                "produces": ["application/json"],
                "parameters": [{"name": "petId", "in": "path", "required": True, "type": "integer",
                                "format": "int64"}],
                "responses": {"200": {"description": "the pet", "schema": {"$ref": "#/definitions/Pet"}},
                              "404": {"description": "no such pet"}},
            }
        },
        "/pet": {
            "post": {
                "operationId": "addPet",
                "consumes": ["application/json"],
                "produces": ["application/json"],
                "parameters": [{"name": "body", "in": "body", "required": True,
                                "schema": {"$ref": "#/definitions/Pet"}}],
                "responses": {"200": {"description": "the pet as stored",
                                      "schema": {"$ref": "#/definitions/Pet"}}},
            }
        },
    },
    "definitions": {"Pet": _PET},
}


def answer(request):
    path = request["path"]
    if path == "/v2/swagger.json":
        return 200, {}, DOCUMENT
    if path == "/v2/pet/findByStatus":
        wanted = parse_qs(request["query"]).get("status", [])
        return 200, {}, [pet for pet in _PETS if pet["status"] in wanted]
    if path == "/v2/pet" and request["method"] == "POST":
        return 200, {}, json.loads(request["body"])
    for pet in _PETS:
        if path == f"/v2/pet/{pet['id']}":
            return 200, {}, pet
    return 404, {}, {"code": 1, "type": "error", "message": "Pet not found"}
