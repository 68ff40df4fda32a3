"""What people posted, as pages of the X API v2: one JSON object a line, with the authors under ``includes``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from vocpipe.sample.people import Person, certain_identifiers
from vocpipe.sample.story import END, STORM, moments, month_of, mood_at
from vocpipe.sample.texts import Text, Writer
from vocpipe.sample.truth import Interaction, Ledger

BRAND = {"id": "390001", "username": "fernwingair", "name": "Fernwing Air"}
PAGE = 100
EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657000)  # the moment tweet ids count from
Tweet = dict[str, Any]


@dataclass(slots=True)
class _Feed:
    """The tweets in the order in which they were fetched, and the page numbers of what comes again."""

    tweets: list[tuple[Tweet, dict[str, str]]]
    ledger: Ledger

    def add(self, tweet: Tweet, author: dict[str, str]) -> Tweet:
        self.tweets.append((tweet, author))
        return tweet


def write_tweets(
    folder: Path, rng: np.random.Generator, people: list[Person], activity: np.ndarray, count: int, ledger: Ledger
) -> None:
    """Write ``tweets_0001.jsonl``: ``count`` tweets of customers and strangers, the brand's replies and retweets."""
    writer, feed = Writer(rng), _Feed([], ledger)
    posters = [p for p in people if p.handle]
    weights = np.array([activity[p.number] for p in posters])
    drawn = rng.choice(len(posters), count, p=weights / weights.sum())
    for number, (who, moment) in enumerate(zip(drawn, moments(rng, count), strict=True)):
        person = posters[int(who)] if rng.random() > 0.2 else None
        _customer_tweet(writer, person, moment, number, feed)
    _write_pages(folder / "tweets_0001.jsonl", _with_repeats(feed))


def _customer_tweet(writer: Writer, person: Person | None, moment: datetime, number: int, feed: _Feed) -> None:
    rng = writer.rng
    text = _text(writer, person, moment)
    author = _author(rng, person, number)
    tweet = feed.add(_tweet(rng, moment, number, author["id"], f"@fernwingair {text.body}"), author)
    if person:
        tweet["lang"] = person.language
    linkable = person is not None and f"handle:{person.handle}" in certain_identifiers(person)
    who = person.number if person else None
    feed.ledger.interactions.append(Interaction(tweet["id"], "tweet", moment, who, linkable, text.secrets))
    chance = rng.random()
    if chance < 0.08:
        _brand_reply(writer, tweet, author, moment, number, feed)
    elif chance < 0.10:
        _retweet(rng, tweet, author, moment, number, feed)


def _text(writer: Writer, person: Person | None, moment: datetime) -> Text:
    mood = (person.mood if person else 7.0) + mood_at(moment) + float(writer.rng.normal(0, 2.0))
    text = writer.post(mood > 7.2, person.language if person else "en", month_of(moment) == STORM)
    if writer.rng.random() < 0.06:  # the API hands out & as an entity
        text = Text(text.subject, f"{text.body} Crew &amp; ground staff, please read.", text.topic)
    if person and writer.rng.random() < 0.03:
        return writer.with_secret(text, person, str(writer.rng.choice(["email", "phone"])))
    return text


def _author(rng: np.random.Generator, person: Person | None, number: int) -> dict[str, str]:
    if person is None:
        stranger = int(rng.integers(0, 200))
        return {"id": f"4{stranger:011d}", "username": f"passerby_{stranger}", "name": "A passer-by"}
    assert person.handle
    username = person.handle.upper() if person.number % 10 == 3 else person.handle
    return {"id": f"5{person.number:011d}", "username": username, "name": person.given_name}


def _tweet(rng: np.random.Generator, moment: datetime, number: int, author_id: str, text: str) -> Tweet:
    milliseconds = int((moment - EPOCH) / timedelta(milliseconds=1))
    tweet_id = str((milliseconds << 22) | (number % 4096))
    return {
        "id": tweet_id,
        "text": text,
        "author_id": author_id,
        "created_at": f"{moment:%Y-%m-%dT%H:%M:%S}.000Z",
        "lang": "en",
        "conversation_id": tweet_id,
        "edit_history_tweet_ids": [tweet_id],
        "public_metrics": {
            "retweet_count": int(rng.poisson(0.3)),
            "reply_count": 0,
            "like_count": int(rng.poisson(1.2)),
            "quote_count": 0,
        },
    }


def _brand_reply(
    writer: Writer, tweet: Tweet, author: dict[str, str], moment: datetime, number: int, feed: _Feed
) -> None:
    """The airline answers: not the customer's voice."""
    later = min(moment + timedelta(minutes=int(writer.rng.integers(5, 300))), END - timedelta(seconds=1))
    text = f"@{author['username']} {writer.brand_reply()}"
    reply = feed.add(_tweet(writer.rng, later, number + 1000, BRAND["id"], text), BRAND)
    reply["conversation_id"] = tweet["id"]
    reply["in_reply_to_user_id"] = author["id"]
    reply["referenced_tweets"] = [{"type": "replied_to", "id": tweet["id"]}]


def _retweet(
    rng: np.random.Generator, tweet: Tweet, author: dict[str, str], moment: datetime, number: int, feed: _Feed
) -> None:
    """Somebody repeats the tweet: cut at 140 characters, and not a new voice."""
    later = min(moment + timedelta(minutes=int(rng.integers(5, 900))), END - timedelta(seconds=1))
    by = _author(rng, None, number)
    text = f"RT @{author['username']}: {tweet['text']}"
    again = feed.add(_tweet(rng, later, number + 2000, by["id"], text[:139] + "…" if len(text) > 140 else text), by)
    again["referenced_tweets"] = [{"type": "retweeted", "id": tweet["id"]}]


def _reason(tweet: Tweet) -> str | None:
    """Why the tweet is no customer's voice, or None where it is one."""
    if tweet["author_id"] == BRAND["id"]:
        return "brand's own tweet"
    referenced = tweet.get("referenced_tweets", [])
    return "retweet" if any(r["type"] == "retweeted" for r in referenced) else None


def _with_repeats(feed: _Feed) -> list[tuple[Tweet, dict[str, str]]]:
    """Pages overlap: one tweet in sixty is seen again on a later page, with newer counts."""
    out = list(feed.tweets)
    feed.ledger.set_aside.update(reason for tweet, _ in out if (reason := _reason(tweet)))
    for place in range(len(feed.tweets) - 1, -1, -60):
        tweet, author = feed.tweets[place]
        counts = tweet["public_metrics"]
        again = tweet | {"public_metrics": counts | {"like_count": counts["like_count"] + 3}}
        out.insert(min(len(out), place + PAGE), (again, author))
        feed.ledger.set_aside[_reason(tweet) or "tweet seen twice"] += 1
    feed.ledger.rows["tweet"] += len(out)
    return out


def _write_pages(path: Path, tweets: list[tuple[Tweet, dict[str, str]]]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as handle:
        for start in range(0, len(tweets), PAGE):
            page = tweets[start : start + PAGE]
            users = {author["id"]: author for _, author in page}
            data = [tweet for tweet, _ in page]
            includes = {"users": list(users.values())}
            handle.write(json.dumps({"data": data, "includes": includes, "meta": {"result_count": len(data)}},
                                    ensure_ascii=False) + "\n")  # fmt: skip
