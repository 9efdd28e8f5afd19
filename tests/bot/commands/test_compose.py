"""`/compose`: what is typed is what is asked for, and what is not allowed is refused in private."""

import hashlib
from typing import Any

import pytest

from cards.catalogue import text
from jobs.capabilities import PrimerLimits
from jobs.street import ledger
from jobs.street.blobs import Kind, get_blob
from jobs.street.presence import Offer
from jobs.street.queue import accepted
from jobs.task import ComposeTask
from tests.bot.commands.chat import OFFER, Chat, shown
from tests.discord_server.invocation import NotOfferedError, Upload
from tests.discord_server.message import Attachment
from tests.discord_server.permissions import Permission


class Forgetful(dict[int, Attachment]):
    """Files that were uploaded and cannot be downloaded."""

    def get(self, *_: object) -> None:  # type: ignore[override]
        return None


def asked(chat: Chat, **options: Any) -> ComposeTask:
    """What goes down the street for what was typed."""
    _, stored = chat.compose(**options)
    task = accepted(chat.redis, stored.id)
    assert isinstance(task, ComposeTask)
    return task


def test_every_option_is_understood(chat: Chat) -> None:
    primer = b"MThd and more"
    request = asked(
        chat,
        style="Romantic ",
        key="fis-moll",
        length="1:30",
        density="dense",
        mood="calm",
        temperature=0.8,
        seed="42",
        primer=Upload("etude.mid", primer),
        primer_echo=False,
        rendition="score",
        top_p=0.9,
        guidance=2.5,
        format="opus",
    ).request
    assert (request.style, request.key, request.length_seconds) == ("romantic", "F# minor", 90)
    assert (request.density, request.loudness) == (10, 45)
    assert (request.temperature, request.top_p, request.guidance, request.seed) == (0.8, 0.9, 2.5, 42)
    assert (request.rendition, request.audio_format) == ("score", "opus")
    assert request.primer_sha256 == hashlib.sha256(primer).hexdigest()
    assert not request.primer_echo
    assert get_blob(chat.redis, request.id, Kind.PRIMER) == primer


def test_nothing_need_be_said(chat: Chat) -> None:
    task = asked(chat)
    request = task.request
    assert (request.style, request.key, request.length_seconds, request.locale) == (None, None, 60, "en-US")
    assert (request.audio_format, request.primer_sha256, request.primer_echo) == ("mp3", None, False)
    assert task.reply_to == f"{chat.store.name()}:bot"
    assert task.fairness is not None
    assert task.fairness.key == f"user-{chat.anna.id}"


def test_pitches_are_taken_in_place_of_a_key(chat: Chat) -> None:
    assert asked(chat, pitches="1,0,1,0,1,0,0,0,0,0,0,0").request.pitch_class_histogram is not None


def test_it_is_answered_in_the_language_of_whoever_asks(chat: Chat) -> None:
    message, stored = chat.compose(locale="de", style="baroque", length="10")
    assert shown(message) == f"**{text('waiting.place', 'de', place='1.')}**"
    assert stored.task().request.locale == "de"  # type: ignore[union-attr]
    assert message.buttons[0]["label"] == text("button.cancel", "de")


@pytest.mark.parametrize("locale", ["es-419", "zh-TW", "no", "tlh"])
def test_languages_that_the_catalogue_lacks_are_english(chat: Chat, locale: str) -> None:
    message, _ = chat.compose(locale=locale)
    assert "Queued" in shown(message)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"style": "techno"}, 'Style "techno" is not known: choose one of baroque, romantic'),
        ({"style": ""}, "is not known"),
        ({"style": "@everyone **x**" * 20}, "is not known"),
        ({"key": "H minor"}, "is not understood"),
        ({"key": "🎹"}, "is not understood"),
        ({"key": "C", "pitches": "1,0,0,0,0,0,0,0,0,0,0,0"}, "choose one"),
        ({"length": "0"}, "10 to 300 seconds"),
        ({"length": "-5"}, "10 to 300 seconds"),
        ({"length": "1e5"}, "10 to 300 seconds"),
        ({"length": "abc"}, "10 to 300 seconds"),
        ({"length": "9" * 5000}, "10 to 300 seconds"),
        ({"length": "٦٠"}, "10 to 300 seconds"),
        ({"density": "crowded"}, "sparse, medium, dense"),
        ({"density": "0.4"}, "0.5 to 30"),
        ({"density": "NaN"}, "0.5 to 30"),
        ({"seed": "-1"}, "a whole number from 0"),
        ({"seed": str(2**63)}, "a whole number from 0"),
        ({"seed": "1.5"}, "a whole number from 0"),
        ({"pitches": "1,2,3"}, "12 numbers"),
        ({"pitches": ",".join("0" * 12)}, "12 numbers"),
        ({"top_p": 0.0}, "above 0"),
    ],
)
def test_what_is_not_allowed_is_refused_and_nothing_kept(
    chat: Chat, options: dict[str, Any], words: str
) -> None:
    before = asked(chat).request.number
    rows = chat.rows()
    sentence = chat.private("compose", **options)
    assert words in sentence
    assert "@everyone" not in sentence.replace("\\@everyone", "")
    assert chat.rows() == rows
    assert len(ledger.open_tasks(chat.redis)) == 1
    assert asked(chat).request.number == before + 1


@pytest.mark.parametrize(
    "options",
    [
        {"temperature": 0.05},
        {"temperature": 2.5},
        {"top_p": 1.1},
        {"guidance": -1.0},
        {"mood": "angry"},
        {"format": "aiff"},
    ],
)
def test_what_discord_itself_refuses_cannot_be_typed(chat: Chat, options: dict[str, Any]) -> None:
    with pytest.raises(NotOfferedError):
        chat.slash("compose", **options)


def test_the_settings_of_a_server_hold_where_nothing_is_said(chat: Chat) -> None:
    chat.store.guilds.change(chat.guild.id, default_style="ragtime", default_length_seconds=42.5)
    request = asked(chat).request
    assert (request.style, request.length_seconds) == ("ragtime", 42.5)
    request = asked(chat, style="baroque", length="20").request
    assert (request.style, request.length_seconds) == ("baroque", 20)


@pytest.mark.parametrize(("typed", "locale"), [("any", "en-US"), (" ANY ", "de"), ("beliebig", "de")])
def test_no_particular_style_can_be_asked_for(chat: Chat, typed: str, locale: str) -> None:
    assert asked(chat, style=typed, locale=locale).request.style is None
    chat.store.guilds.change(chat.guild.id, default_style="ragtime")
    assert asked(chat, style=typed, locale=locale).request.style is None
    assert asked(chat, locale=locale).request.style == "ragtime"


def test_settings_that_no_worker_can_fulfil_are_passed_over(chat: Chat) -> None:
    chat.store.guilds.change(chat.guild.id, default_style="gone", default_length_seconds=300)
    short = OFFER.capabilities.model_copy(update={"max_length_seconds": 30.0})
    chat.announce(Offer(worker="short", capabilities=short))
    request = asked(chat).request
    assert (request.style, request.length_seconds) == (None, 30)
    assert "10 to 30 seconds" in chat.private("compose", length="60")


def test_a_channel_may_be_closed_to_pieces(chat: Chat) -> None:
    other = chat.server.add_channel(chat.guild, "music")
    chat.store.guilds.change(chat.guild.id, channel_ids=(other.id,))
    assert f"<#{other.id}>" in chat.private("compose")
    chat.store.guilds.change(chat.guild.id, channel_ids=(other.id, chat.channel.id))
    chat.compose()


def test_without_any_worker_ever_nothing_can_be_asked_for(alone: Chat) -> None:
    assert alone.private("compose").startswith("No worker is there")
    assert alone.rows() == 0
    alone.announce()
    alone.compose()


def test_while_workers_are_away_requests_are_queued(chat: Chat) -> None:
    chat.withdraw()
    message, _ = chat.compose(style="baroque")
    assert "Queued, 1st" in shown(message)
    message, _ = chat.compose(user=chat.bert)
    assert "Queued, 2nd" in shown(message)
    assert "is not known" in chat.private("compose", style="techno")


class TestPrimer:
    """A file to continue."""

    def test_it_may_not_be_too_large(self, chat: Chat) -> None:
        small = OFFER.capabilities.model_copy(update={"primer": PrimerLimits(max_bytes=200_000)})
        chat.announce(Offer(worker="small", capabilities=small))
        chat.withdraw()
        fits = Upload("a.mid", b"MThd" + bytes(199_996))
        assert asked(chat, primer=fits).request.primer_echo
        sentence = chat.private("compose", primer=Upload("a.mid", b"MThd" + bytes(199_997)))
        assert sentence == "The MIDI file has more than the 0.2 MB that are accepted: give a smaller one."
        assert chat.rows() == 1

    @pytest.mark.parametrize("content", [b"", b"MTh", b"RIFF....", b"\x00" * 100])
    def test_it_has_to_be_midi(self, chat: Chat, content: bytes) -> None:
        assert "not a MIDI file" in chat.private("compose", primer=Upload("a.mid", content))
        assert chat.rows() == 0

    def test_it_has_to_arrive(self, chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(chat.server.world, "files", Forgetful())
        assert "did not hand over" in chat.private("compose", primer=Upload("a.mid", b"MThd"))
        assert chat.rows() == 0


def test_commands_are_for_servers_only(chat: Chat) -> None:
    commands = chat.server.commands
    assert {tuple(each["contexts"]) for each in commands.values()} == {(0,)}
    assert {tuple(each["integration_types"]) for each in commands.values()} == {(0,)}
    assert commands["settings"]["default_member_permissions"] == Permission.MANAGE_GUILD
    assert commands["compose"]["description_localizations"]["de"] == text("command.compose.description", "de")
