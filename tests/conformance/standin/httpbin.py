"""The part of httpbin.org that definitions use: credentials, statuses, an echo."""

import base64
import json


def answer(request):
    parts = request["path"].strip("/").split("/")
    if parts[0] == "basic-auth" and len(parts) == 3:
        return _basic(request, parts[1], parts[2])
    if parts[0] == "bearer":
        return _bearer(request)
    if parts[0] == "status" and len(parts) == 2 and parts[1].isdigit():
        return int(parts[1]), {}, None
    if parts[0] == "anything":
        return 200, {}, _echo(request)
    return 404, {}, {"error": "not found"}


def _basic(request, user, password):
    expected = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    if request["headers"].get("authorization") != expected:
        return 401, {"WWW-Authenticate": 'Basic realm="Fake Realm"'}, None
    return 200, {}, {"authenticated": True, "user": user}


def _bearer(request):
    kind, _, token = request["headers"].get("authorization", "").partition(" ")
    if kind != "Bearer" or not token:
        return 401, {"WWW-Authenticate": "Bearer"}, None
    return 200, {}, {"authenticated": True, "token": token}


def _echo(request):
    text = request["body"].decode("utf-8", "replace")
    try:
        content = json.loads(text) if text else None
    except ValueError:
        content = None
    return {"method": request["method"], "path": request["path"], "query": request["query"],
            "data": text, "json": content}
