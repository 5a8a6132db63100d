"""Reads posts (JSON Lines) and starts one workflow a post, the post's id being the workflow's id.

A post that was started before is left as it is, so the same file can be fed again and again. While the
node is away, the monitor waits and tries again; it needs no memory of its own.
"""
import argparse
import json
import sys
import time
import urllib.parse

import endure

NAMESPACE = "agents"
DEFINITION = "social-post"
AWAY = (endure.RetryLater, endure.Unreachable)  # the node, for the moment


class BadPost(Exception):
    """A line that is no post; says which and why."""


def read_posts(path):
    """Posts of a JSON Lines file in order; raises BadPost for the first line that is none."""
    posts = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                posts.append(_read_post(f"{path}:{number}", line))
    return posts


def _read_post(where, line):
    try:
        post = json.loads(line)
    except ValueError as error:
        raise BadPost(f"{where}: not JSON: {error}") from error
    if not isinstance(post, dict):
        raise BadPost(f"{where}: a post is an object with id and text")
    for name in ("id", "text"):
        if not isinstance(post.get(name), str) or not post[name]:
            raise BadPost(f"{where}: `{name}` must be a text")
    if len(workflow_id(post["id"])) > 200:
        raise BadPost(f"{where}: `id` is too long")
    return post


def workflow_id(post_id):
    """The post's id in the characters that a workflow id may have; different ids stay different."""
    return urllib.parse.quote(post_id, safe="@:+,;!$&'()*").replace("%", "=")


def feed(client, posts, remind_after, per_second):
    """Starts all; returns how many were new and how many existed. `per_second` 0: at full speed."""
    begun = time.monotonic()
    counts = {"started": 0, "existed": 0}
    for number, post in enumerate(posts):
        if per_second > 0:
            time.sleep(max(0.0, begun + number / per_second - time.monotonic()))
        existed = _start(client, post, remind_after)
        counts["existed" if existed else "started"] += 1
    return counts


def _start(client, post, remind_after):
    while True:
        try:
            return client.start(
                DEFINITION, {"post": post, "remindAfter": remind_after},
                id=workflow_id(post["id"]), namespace=NAMESPACE,
                on_conflict="return_existing").existed
        except AWAY:
            time.sleep(0.1)


def main():
    parser = argparse.ArgumentParser(description="starts a workflow for each post")
    parser.add_argument("--node", default="http://127.0.0.1:7450", help="HTTP API of the node")
    parser.add_argument("--posts", required=True, help="JSON Lines: objects with id and text")
    parser.add_argument("--rate", type=float, default=0, help="posts a second (default: all at once)")
    parser.add_argument("--remind-after", default="P1D", help="ISO 8601, until a reviewer is reminded")
    options = parser.parse_args()
    try:
        posts = read_posts(options.posts)
    except (BadPost, OSError) as error:
        sys.exit(f"monitor: {error}")
    print(json.dumps(feed(endure.Client(options.node), posts, options.remind_after, options.rate)))


if __name__ == "__main__":
    main()
