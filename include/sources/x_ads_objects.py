"""What an X ad account is made of: its objects, its posts, and which ads were active."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from include.errors import AccountUnreadable
from include.sources.http import Answer, chunks, in_order, listing, mapping
from include.sources.replies import Account, Reply, Window
from include.sources.x_ads_calls import Asking, ObjectGone
from include.sources.x_ads_creatives import keys_without_address
from include.sources.x_ads_plan import ACTIVE_HOURS, slices, time_text

IDS_PER_LISTING = 200
OBJECTS = ("campaigns", "funding_instruments", "line_items", "promoted_tweets")

Item = Mapping[str, Any]


class Objects:
    """Reads the objects of one account; `found` holds what the listings had, by entity."""

    def __init__(
        self, asking: Asking, account: Account, *, concurrency: int, page_size: int
    ) -> None:
        self.found: dict[str, list[Item]] = {}
        self._asking = asking
        self._account = account
        self._concurrency = concurrency
        self._page_size = page_size
        self._where = f"x_ads {account.account_id}"
        self._at = f"accounts/{account.account_id}"

    def replies(self, window: Window, *, now: datetime) -> Iterator[Reply]:
        """The account, all its objects, and which ads were active in the window."""
        everything = {"count": str(self._page_size), "with_deleted": "true"}
        # One list, so that all are under way together; the account says first what is wrong.
        asked: list[tuple[str, Callable[[], list[Answer]]]] = [
            ("account", partial(self._once, self._at, {"with_deleted": "true"}))
        ]
        for entity in OBJECTS:
            asked.append((entity, partial(self._all, f"{self._at}/{entity}", everything)))
        zone = ZoneInfo(self._account.timezone)
        for start, end in slices(window, zone, hours=ACTIVE_HOURS):
            hours = {
                "entity": "PROMOTED_TWEET",
                "start_time": time_text(start),
                "end_time": time_text(end),
            }
            call = partial(self._once, f"stats/{self._at}/active_entities", hours)
            asked.append(("active_entities", call))
        answered = list(in_order(self._concurrency, [call for _, call in asked]))
        for (entity, _), answers in zip(asked, answered, strict=True):
            if entity == "account":
                _check_open(answers[0], self._where)
            else:
                found = items(answers, f"{self._where} {entity}")
                self.found.setdefault(entity, []).extend(found)
            yield from (Reply.of(entity, answer, now) for answer in answers)
        yield from self._forgotten(now)

    def _forgotten(self, now: datetime) -> Iterator[Reply]:
        """Objects that listings left out though ads below them were active: asked for by id."""
        for entity, parameter, below, name in (
            ("promoted_tweets", "promoted_tweet_ids", "active_entities", "entity_id"),
            ("line_items", "line_item_ids", "promoted_tweets", "line_item_id"),
            ("campaigns", "campaign_ids", "line_items", "campaign_id"),
        ):
            listed = set(_ids(self.found[entity], "id"))
            lost = [each for each in _ids(self.found[below], name) if each not in listed]
            for ids in chunks(lost, IDS_PER_LISTING):
                query = {parameter: ",".join(ids), "with_deleted": "true"}
                answers = self._all(f"{self._at}/{entity}", query)
                self.found[entity].extend(items(answers, f"{self._where} {entity}"))
                yield from (Reply.of(entity, answer, now) for answer in answers)

    def posts(self, *, now: datetime) -> list[Reply]:
        """Posts, their cards, and the media that neither of them tells the address of."""
        tweets = [
            partial(self._all, f"{self._at}/tweets", _tweets_query(ids))
            for ids in chunks(_ids(self.found["promoted_tweets"], "tweet_id"), IDS_PER_LISTING)
        ]
        replies = self._read("tweets", tweets, now=now)
        cards = [
            partial(self._once, f"{self._at}/cards/all", _cards_query(uris))
            for uris in chunks(_ids(self.found["tweets"], "card_uri"), IDS_PER_LISTING)
        ]
        replies += self._read("cards", cards, now=now)
        lacking = keys_without_address(*_served(self.found))
        media = self.media(lacking)
        return replies + [Reply.of("media_library", answer, now) for answer in media]

    def media(self, keys: Sequence[str]) -> list[Answer]:
        """The media library's entries of these keys; what it does not have is left out."""

        def one(key: str) -> Answer | None:
            path = f"{self._at}/media_library/{key}"
            try:
                return self._asking.get(path, {}, where=f"{self._where} media_library")
            except ObjectGone:
                return None

        answers = in_order(self._concurrency, [partial(one, key) for key in keys])
        return [answer for answer in answers if answer is not None]

    def _read(
        self, entity: str, calls: Sequence[Callable[[], list[Answer]]], *, now: datetime
    ) -> list[Reply]:
        answers = [one for some in in_order(self._concurrency, calls) for one in some]
        self.found[entity] = items(answers, f"{self._where} {entity}")
        return [Reply.of(entity, answer, now) for answer in answers]

    def _all(self, path: str, params: Mapping[str, str]) -> list[Answer]:
        where = f"{self._where} {path.rsplit('/', 1)[-1]}"
        return self._asking.pages(path, params, where=where)

    def _once(self, path: str, params: Mapping[str, str]) -> list[Answer]:
        where = f"{self._where} {path.rsplit('/', 1)[-1]}"
        return [self._asking.get(path, params, where=where)]


def items(answers: Sequence[Answer], where: str) -> list[Item]:
    """The objects under `data` of these pages.

    Raises:
        SchemaDrift: a page has no list there.
    """
    return [
        item
        for answer in answers
        for item in listing(mapping(answer, where), "data", where)
        if isinstance(item, dict)
    ]


def _ids(items: Sequence[Item], name: str) -> list[str]:
    """The distinct values of a field, in the order they came."""
    return list(dict.fromkeys(str(item[name]) for item in items if item.get(name)))


def _served(found: Mapping[str, list[Item]]) -> tuple[list[Item], list[Item]]:
    """Posts and cards of the ads with activity: the pictures of others are not fetched yet."""
    active = set(_ids(found["active_entities"], "entity_id"))
    posts = {str(ad.get("tweet_id")) for ad in found["promoted_tweets"] if ad.get("id") in active}
    tweets = [
        tweet
        for tweet in found["tweets"]
        if str(tweet.get("tweet_id") or tweet.get("id_str")) in posts
    ]
    uris = {tweet.get("card_uri") for tweet in tweets}
    return tweets, [card for card in found["cards"] if card.get("card_uri") in uris]


def _tweets_query(ids: Sequence[str]) -> dict[str, str]:
    """The default timeline leaves out organic posts that are promoted."""
    return {
        "tweet_type": "PUBLISHED",
        "timeline_type": "ALL",
        "tweet_ids": ",".join(ids),
        "count": str(IDS_PER_LISTING),
    }


def _cards_query(uris: Sequence[str]) -> dict[str, str]:
    return {"card_uris": ",".join(uris), "with_deleted": "true"}


def _check_open(answer: Answer, where: str) -> None:
    """Refuse an account that was closed.

    Raises:
        AccountUnreadable: X says that it is deleted.
    """
    data = mapping(answer, where).get("data")
    if isinstance(data, dict) and data.get("deleted") is True:
        raise AccountUnreadable(
            f"{where}: the account is closed (deleted is true). Take it out of nodes.yaml; its "
            "numbers stay in the lake.",
            kind="closed",
        )
