"""X API v2: mentions of an account, or a search, page by page, the newest first.

The place of the newest post counts only once the oldest new page is landed; until then the cursor keeps where it is on
the way back, so that a pull that is cut off leaves no hole.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vocpipe.connectors.jobs import Job
from vocpipe.connectors.web import Refused
from vocpipe.contracts import UsageError

VENDOR = "x"
OPTIONS = {"user_id": "id (a number) of your account, for its mentions", "query": "a search, in place of user_id"}
NEEDS: tuple[str, ...] = ()

FIELDS = {
    "max_results": 100,
    "expansions": "author_id,referenced_tweets.id,referenced_tweets.id.author_id,in_reply_to_user_id",
    "tweet.fields": "created_at,author_id,conversation_id,in_reply_to_user_id,lang,referenced_tweets,"
    "edit_history_tweet_ids,public_metrics,withheld",
    "user.fields": "username,name,created_at,location",
}


def pull(job: Job) -> Iterator[Path]:
    """Pages of posts since the newest one that is landed."""
    kind, path, asked = where(job)
    while True:
        way: dict[str, Any] = job.cursor.get("way", {})
        token = {"pagination_token" if kind == "mentions" else "next_token": way["token"]} if "token" in way else {}
        try:
            answer = job.web.get(path, FIELDS | asked | since(job) | token)
        except Refused as problem:
            if problem.status != 400 or not token:
                raise
            job.cursor.pop("way")  # the way back has expired: go it anew, posts that come twice are known
            job.save()
            continue
        page = answer.json()
        if page.get("data"):
            yield job.land(job.numbered(kind, "json"), answer.body)
            job.counted(kind)
        if not moved(job, page.get("meta", {}), way):
            return


def where(job: Job) -> tuple[str, str, dict[str, Any]]:
    """Kind of page, path, and what is asked for. Raises UsageError unless one of both is asked for."""
    if bool(job.options.get("user_id")) == bool(job.options.get("query")):
        raise UsageError(f"connector {job.name!r}: write either `user_id` or `query` under options.")
    if user := job.options.get("user_id"):
        return "mentions", f"/2/users/{user}/mentions", {}
    return "search", "/2/tweets/search/recent", {"query": job.options["query"]}


def since(job: Job) -> dict[str, Any]:
    """From where on posts are new."""
    if newest := job.cursor.get("newest_id"):
        return {"since_id": newest}
    return {"start_time": f"{job.since}T00:00:00Z"} if job.since else {}


def moved(job: Job, meta: dict[str, Any], way: dict[str, Any]) -> bool:
    """Keep where the pull is; whether there is an older page."""
    newest = way.get("newest_id") or meta.get("newest_id")
    if meta.get("next_token"):
        job.cursor["way"] = {"token": meta["next_token"], "newest_id": newest}
    else:
        job.cursor.pop("way", None)
        if newest:
            job.cursor["newest_id"] = newest
    job.save()
    return "next_token" in meta
