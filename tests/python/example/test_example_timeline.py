"""The run's own plan, and the posts that come with it."""
import json
import pathlib

import pytest

import scoring
import timeline

FOLDER = pathlib.Path(timeline.__file__).parent


def test_a_plan_is_drawn_from_its_seed():
    assert timeline.plan(4, 15, 15, 2, 1) == timeline.plan(4, 15, 15, 2, 1)
    assert timeline.plan(4, 15, 15, 2, 1) != timeline.plan(5, 15, 15, 2, 1)


@pytest.mark.parametrize("seed", range(50))
def test_the_node_is_killed_once_before_the_outage_and_once_just_after_it(seed):
    moments = timeline.plan(seed, 15, 15, 2, 1)
    assert [moment.what for moment in moments].count("node") == 2
    outage = next(moment.at_s for moment in moments if moment.what == "outage")
    kills = [moment.at_s for moment in moments if moment.what == "node"]
    assert 0 < kills[0] < outage
    assert outage + 15 < kills[1] < outage + 17


def test_no_outage_is_planned_where_none_is_wanted():
    assert "outage" not in {moment.what for moment in timeline.plan(1, 15, 0, 2, 1)}


@pytest.mark.parametrize("text, expected", [("15", 15), ("15s", 15), ("2.5m", 150), ("3h", 10800)])
def test_durations(text, expected):
    assert timeline.seconds(text) == expected


@pytest.mark.parametrize("text", ["", "h", "-3s", "3 days", "1h30m"])
def test_bad_durations_are_refused(text):
    with pytest.raises(ValueError, match="write 15s"):
        timeline.seconds(text)


def test_the_sample_holds_two_hundred_different_posts_of_every_kind():
    posts = [json.loads(line) for line in
             (FOLDER / "posts.jsonl").read_text(encoding="utf-8").split("\n") if line]
    assert len(posts) >= 200
    assert len({post["id"] for post in posts}) == len(posts)
    assert len({post["text"] for post in posts}) == len(posts)
    scores = [scoring.score(post["text"]) for post in posts]
    assert sum(score < 0.25 for score in scores) >= 20
    assert sum(0.25 <= score < 0.65 for score in scores) >= 40
    assert sum(score >= 0.65 for score in scores) >= 80
    assert any(not scoring.known_author(post["author"]) for post in posts)
