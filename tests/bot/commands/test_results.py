"""Twenty listeners of an evening, and what `/results`, `/top` and `etude report` make of their votes."""

import asyncio
import csv
import io
import json
import math
from collections import Counter
from typing import Any

import choix
import pytest

import bot.reports
from cards.figures import number
from cards.results import CHARTS
from listening.statistics.bradley_terry import PRIOR_DEVIATION
from tests.bot.commands.chat import RATINGS, Chat, answered, shown
from tests.bot.commands.evening import Evening, all_vote, asked, cli, conditions_of, opened, voted
from tests.bot.commands.test_listening import COUNTS
from tests.discord_server.guild import User
from tests.discord_server.message import Message
from tests.discord_server.permissions import Permission

LISTENERS = 20
EVENING = {"romantic": 12, "human": 12}


def report(chat: Chat, *options: str) -> dict[str, Any]:
    """What `etude report --json` prints."""
    told: dict[str, Any] = json.loads(cli(chat, "report", "--json", *options))
    return told


def fields(message: Message) -> dict[str, str]:
    """A card's fields, by their headings."""
    return {field["name"]: field["value"] for field in message.embeds[0].get("fields", [])}


def by(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Rows by their conditions."""
    return {row["condition"]: row for row in rows}


def binomial_p(successes: int, trials: int) -> float:
    """The exact two-sided p-value against a coin."""
    tail = sum(math.comb(trials, k) for k in range(max(successes, trials - successes), trials + 1))
    return min(1.0, 2 * tail / 2**trials)


def check_study(own: dict[str, Any], evening: Evening) -> None:
    """Its figures are those that follow from the rules of `all_vote`."""
    assert own["votes"]["answered"] == 160
    assert own["votes"]["counted"] == {"duel": 40, "guess": 40, "listen": 80}
    assert set(own["votes"]["left_out"].values()) == {0}
    assert own["listeners"]["answered"] == LISTENERS
    means = by(own["mos"])
    assert {name: one["estimate"] for name, one in means.items()} == {"human": 4.5, "romantic": 2.5}
    # 40 values, each half a point off their mean: the variance is 40 * 0.25 / 39.
    assert means["human"]["deviation"] == pytest.approx(math.sqrt(10 / 39))
    assert own["agreement"]["estimate"] == pytest.approx(evening.alpha())
    (difference,) = own["comparisons"]
    assert (difference["first"], difference["second"], difference["estimate"]) == ("human", "romantic", 2.0)
    assert difference["holm_p_value"] == pytest.approx(2 / 2**LISTENERS)  # all signs alike
    strengths = choix.opt_pairwise(2, [(0, 1)] * 30 + [(1, 0)] * 10, alpha=PRIOR_DEVIATION**-2 / 2)
    assert by(own["duels"]["strengths"])["human"]["estimate"] == pytest.approx(
        (strengths[0] - strengths[1]) / 2, abs=1e-5
    )
    (duels,) = own["duels"]["sign_tests"]
    assert {duels["first"]: duels["wins"], duels["second"]: duels["losses"]} == {"human": 30, "romantic": 10}
    assert duels["p_value"] == pytest.approx(binomial_p(15, 20))  # listeners count once each
    guesses = own["guesses"]["all"]
    assert (guesses["correct"], guesses["estimate"]) == (24, 0.6)
    assert guesses["p_value"] == pytest.approx(binomial_p(24, 40))
    assert own["guesses"]["d_prime"]["estimate"] == pytest.approx(evening.d_prime())


def check_card(card: Message, own: dict[str, Any]) -> None:
    """A card tells the same figures."""
    assert "Listeners: 20 · votes: 160 · counted: 160" in shown(card)
    told = fields(card)
    assert told["Blind ratings, 1 to 5 (mean)"].startswith("human: **4.5 (")
    assert (
        "human over romantic: **2** · p < 0.001" in told["Differences of blind ratings (p: Wilcoxon, Holm)"]
    )
    d_prime = number(own["guesses"]["d_prime"]["estimate"], "en", 2)
    assert f"d-prime: {d_prime} (" in told["Human or machine?"]
    assert "romantic: **2.5 (" in told["Blind ratings, 1 to 5 (mean)"]
    points = {name: round(one["points"]) for name, one in by(own["duels"]["strengths"]).items()}
    assert f"human: **{points['human']} (" in told["Blind pairs (Elo points, 0 is the mean)"]
    assert told["Human or machine?"].startswith("Right: **60% (")
    assert told["Reactions in the chat, not blind (mean, 1 to 5)"].startswith("**3.18 (")
    assert "5** · ratings: 2" in told["Reactions to own pieces, left out above"]
    assert tuple(card.files) == CHARTS
    assert all(content.startswith(b"\x89PNG") for content in card.files.values())
    assert [len(embed.get("fields", [])) > 0 for embed in card.embeds] == [True, False, False, False, False]
    assert "human: 4.5" in str(card.attachments[0].description)


def check_table(table: Message, people: list[User]) -> None:
    """An exported table has all votes, and nobody's id."""
    assert table.is_ephemeral
    rows = list(csv.DictReader(io.StringIO(table.files["votes.csv"].decode())))
    assert Counter(row["kind"] for row in rows) == {"duel": 40, "guess": 40, "listen": 80}
    assert not {value for row in rows for value in row.values()} & {str(user.id) for user in people}
    assert len({row["listener"] for row in rows}) == LISTENERS


def test_an_evening_with_twenty_listeners(chat: Chat) -> None:
    people = [chat.server.add_user(f"Listener {place}", chat.guild) for place in range(LISTENERS)]
    (popular, first), (rare, second) = chat.piece(chat.anna), chat.piece(chat.bert)
    study = opened(chat.store, EVENING)
    evening = all_vote(chat, people, study)
    for place, user in enumerate(people):
        chat.server.react(user, popular, RATINGS[3 if place < 10 else 1])
    for user in (*people[:2], chat.bert):  # Bert rates what he had asked for, and Anna too
        chat.server.react(user, rare, RATINGS[4])
    chat.server.react(chat.anna, popular, RATINGS[4])
    chat.server.wait(lambda: len(chat.store.ratings.all(chat.guild.id)) == LISTENERS + 4)

    told = report(chat, "--guild", str(chat.guild.id))
    check_study(told["study"], evening)
    reactions = told["reactions"]
    assert reactions["all"]["estimate"] == pytest.approx((10 * 4 + 10 * 2 + 2 * 5) / 22)
    assert (reactions["own"]["estimate"], reactions["own"]["sample"]["votes"]) == (5, 2)
    # Within pieces 20 / 20 = 1; between them (7.27 - 1) / 3.64 = 1.73: a prior of 0.58 votes, at least one.
    grand = (20 / 21 * 3 + 2 / 3 * 5) / (20 / 21 + 2 / 3)
    best, worst = (2 * 5 + grand) / 3, (20 * 3 + grand) / 21
    assert [one["piece_id"] for one in reactions["pieces"]] == [second.piece_id, first.piece_id]
    assert [one["estimate"] for one in reactions["pieces"]] == pytest.approx([best, worst])

    card = answered(chat.server.slash(people[0], chat.channel, "results show"))
    assert card.is_ephemeral  # as long as the study is open
    check_card(card, told["study"])
    lines = chat.slash("top", chat.anna).embeds[0]["description"].splitlines()
    assert f"**{best:.2f}** · ratings: 2 · `{second.piece_id}`" in lines[0]
    assert f"**{worst:.2f}** · ratings: 20 · `{first.piece_id}`" in lines[1]

    chat.store.studies.close(study.name)
    assert not answered(chat.server.slash(people[0], chat.channel, "results show")).is_ephemeral
    manager = chat.server.add_user("Manager", chat.guild, Permission.MANAGE_GUILD)
    assert "manage guild" in chat.private("results export", people[0])
    check_table(answered(chat.server.slash(manager, chat.channel, "results export")), people)

    # Votes stay when their listener goes, and the report of all servers adds up as before.
    assert "votes in studies that no longer have it: 8" in chat.private("mydata delete", people[0])
    after = report(chat)
    assert after["study"]["mos"] == told["study"]["mos"]
    assert after["study"]["votes"] == told["study"]["votes"]
    assert after["reactions"]["all"]["sample"]["votes"] == 20  # ratings by reactions are erased


def test_careless_listeners_are_left_out_and_it_is_said(alone: Chat) -> None:
    """Sixteen ratings, of which two are repeats and two of shuffled pieces: who says 3 to all fails both."""
    study = opened(alone.store, {"romantic": 12, "human": 12, "shuffled": 4})
    truth = {"human": "5", "romantic": "3", "shuffled": "1"}
    for user, is_careful in ((alone.anna, True), (alone.bert, False)):
        rating = asked(alone, user, "listen", count=16)
        for _ in range(16):
            (condition,) = conditions_of(rating, study)
            voted(alone, user, rating, truth[condition] if is_careful else "3")
    told = alone.slash("results show", alone.clara).embeds[0]["description"]
    assert told.splitlines()[1:] == [
        "Listeners: 2 · votes: 32 · counted: 12 · only to check listeners: 8 · left out: 12",
        "unreliable listener: 12",
        "With fewer than 8 listeners the intervals are too narrow.",
    ]
    own = report(alone)["study"]
    assert {one["condition"]: one["estimate"] for one in own["mos"]} == {"human": 5.0, "romantic": 3.0}
    table = answered(alone.server.slash(alone.owner, alone.channel, "results export")).files["votes.csv"]
    rows = list(csv.DictReader(io.StringIO(table.decode())))
    assert Counter((row["role"], row["left_out"]) for row in rows) == {
        ("ordinary", ""): 12,
        ("ordinary", "unreliable"): 12,
        ("repeated", ""): 4,
        ("trapping", ""): 4,
    }


def test_where_nobody_has_voted_yet(alone: Chat) -> None:
    card = alone.slash("results show")
    assert "no listening study yet" in shown(card)
    assert "no votes or ratings" in shown(card)
    assert card.files == {}
    assert "Nobody has rated" in alone.slash("top").embeds[0]["description"]
    assert alone.private("results export", alone.owner).startswith("There has been no listening study")


def test_another_server_sees_none_of_it(alone: Chat) -> None:
    study = opened(alone.store, COUNTS)
    message = asked(alone, alone.anna, "listen", count=1)
    voted(alone, alone.anna, message, "4")
    other = Chat(alone.server, alone.running, alone.store, alone.redis)
    table = answered(other.server.slash(other.owner, other.channel, "results export"))
    assert len(table.files["votes.csv"].decode().splitlines()) == 1
    told = alone.slash("results show", locale="de").embeds[0]["description"]
    assert f"Studie „{study.name}“, noch offen" in told
    assert "Stimmen: 1 " in told


def test_a_report_that_takes_too_long_is_given_up(alone: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.reports, "CHILD_SECONDS", 0.01)
    assert alone.slash("results show").content.startswith("The results cannot be counted")
    assert alone.slash("top", alone.bert).content.startswith("The results cannot be counted")


def test_one_report_is_computed_for_all_who_ask_at_once(alone: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    nothing = {"estimate": None, "interval": None, "sample": {"listeners": 0, "pieces": 0, "votes": 0}}
    reactions = {"all": nothing, "by_style": [], "own": nothing, "pieces": []}
    empty = {"version": 1, "study": None, "reactions": reactions}

    async def run(_guild_id: int, *options: str) -> bytes:
        calls.append(options)
        await asyncio.sleep(0.2)
        return json.dumps(empty).encode()

    monkeypatch.setattr(alone.running.bot.reports, "_run", run)
    asking = [alone.server.slash(alone.anna, alone.channel, "results show") for _ in range(3)]
    assert all("no votes or ratings" in shown(answered(each)) for each in asking)
    assert len(calls) == 1
