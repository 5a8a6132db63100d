"""How the example's workers speak to the outer world: one call, and what each answer means.

An answer that may be better next time becomes `endure.Retry`, one that never will `endure.Fail`; the
node does the waiting and the counting, so there is not one loop in here.
"""
import http.client
import json
import threading
import time
import urllib.error
import urllib.request

import endure

TIMEOUT_S = 3.0
COMMUNICATION = "https://open-workflow-specification.org/spec/1.0.0/errors/communication"


class Outside:
    """A service behind `url`. Any thread."""

    def __init__(self, url):
        self._url = url
        self._lock = threading.Lock()
        self._token = None
        self._token_until = 0.0

    def post(self, path, body, *, key=None, with_token=False):
        """The answer of the service as a dict.

        Raises endure.Retry for what passes (rate limit, outage, garbled answer, expired token),
        endure.Fail for what does not (the service says that the request itself is wrong).
        """
        headers = {"Content-Type": "application/json"}
        if key is not None:
            headers["Idempotency-Key"] = key
        if with_token:
            headers["Authorization"] = f"Bearer {self._valid_token()}"
        status, raw, answer_headers = self._send(path, body, headers)
        if status == 401:
            self._forget(headers["Authorization"].removeprefix("Bearer "))
            raise endure.Retry("the token had expired")
        return _read(path, status, raw, answer_headers)

    def _send(self, path, body, headers):
        request = urllib.request.Request(
            self._url + path, json.dumps(body).encode(), headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
                return answer.status, answer.read(), answer.headers
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read(), error.headers
        except (OSError, http.client.HTTPException) as error:
            raise endure.Retry(f"{path}: no answer ({error})") from error

    def _valid_token(self):
        with self._lock:
            if self._token is None or time.monotonic() >= self._token_until:
                status, raw, headers = self._send("/token", {"client": "social-media-agent"}, {})
                answer = _read("/token", status, raw, headers)
                self._token = answer["token"]
                self._token_until = time.monotonic() + answer["expires_in"]
            return self._token

    def _forget(self, token):
        with self._lock:
            if self._token == token:  # another thread may have renewed it meanwhile
                self._token = None


def _read(path, status, raw, headers):
    if status == 429:
        raise endure.Retry(f"{path}: rate limited", after=_retry_after_s(headers))
    if status >= 500:
        raise endure.Retry(f"{path}: HTTP {status}")
    if status != 200:
        raise endure.Fail(type=COMMUNICATION, title=f"{path} refused the request", status=status)
    try:
        answer = json.loads(raw)
    except ValueError as error:
        raise endure.Retry(f"{path}: not JSON") from error
    if not isinstance(answer, dict):
        raise endure.Retry(f"{path}: not an object")
    return answer


def _retry_after_s(headers):
    try:
        return min(60.0, max(0.0, float(headers.get("Retry-After", "1"))))
    except ValueError:  # a date: rare, and a second is a fair guess
        return 1.0
