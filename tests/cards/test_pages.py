import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards.catalogue import LANGUAGES
from cards.commands import COMMANDS
from cards.message import Message
from cards.mydata import my_data, my_data_deleted
from cards.pages import about, help_page, invite, ping, privacy
from cards.replies import Notice, Refusal, refused, reply, wrong_channel
from cards.settings import ServerSettings, settings
from jobs.capabilities import Capabilities, Sampler
from tests.cards.discord_rules import assert_sendable
from tests.cards.hostile import FEW, locales, texts

CAPABILITIES = Capabilities(
    checkpoint="0123456789abcdef", sampler=Sampler.CPU_INT8, styles=("baroque", "my_own", "pop")
)
IDS = {name.partition(" ")[0]: 10**18 + index for index, name in enumerate(COMMANDS)}
UNSET = ServerSettings(None, 60.0, (), 3, is_voting_on=True)
INVITATION = "https://discord.com/oauth2/authorize?client_id=1"


def told(message: Message) -> dict[str, str]:
    assert message.embed is not None
    return {field.name: field.value for field in message.embed.fields}


@pytest.mark.parametrize("locale", LANGUAGES)
def test_every_page_can_be_sent_and_nothing_of_it_is_cut(locale: str) -> None:
    pages = (
        help_page(locale, IDS),
        help_page(locale),
        about(CAPABILITIES, 2, 1041, locale),
        about(None, 0, 0, locale),
        ping(0.042, None, 2, locale),
        invite(INVITATION, locale),
        privacy(locale, IDS),
        my_data(3, 4, 5, locale),
        my_data_deleted(3, 4, 5, locale),
        settings(UNSET, locale),
    )
    for page in pages:
        payload = page.to_payload()
        assert_sendable(payload)
        assert "…" not in str(payload)


def test_help_names_every_other_command_so_that_it_can_be_clicked() -> None:
    message = help_page("en", IDS)
    assert message.embed is not None
    for name in COMMANDS:
        assert (f"</{name}:{IDS[name.partition(' ')[0]]}>" in message.embed.description) is (name != "help")
    plain = help_page("de").embed
    assert plain is not None
    assert "`/mydata delete` Alles löschen" in plain.description


def test_about_tells_what_workers_offer() -> None:
    assert told(about(CAPABILITIES, 2, 1041, "en")) == {
        "Styles": r"baroque, my\_own, pop",
        "Length": "10 to 300 s",
        "Audio": "mp3, opus, flac, wav",
        "Checkpoint": "`0123456789ab`",
        "Sampler": "cpu-int8",
        "Pieces so far": "1,041",
    }


def test_about_says_when_nobody_works_and_still_what_was_offered_last() -> None:
    absent = about(CAPABILITIES, 0, 1041, "en")
    assert absent.embed is not None
    assert absent.embed.description.endswith("nothing can be composed right now.")
    assert told(absent)["Length"] == "10 to 300 s"


def test_ping_tells_who_does_not_answer() -> None:
    assert told(ping(0.0421, None, 0, "en")) == {
        "Discord": "42 ms",
        "Redis": "cannot be reached",
        "Workers": "0",
    }


def test_an_invitation_is_a_link() -> None:
    ((button,),) = invite(INVITATION, "de").rows
    assert button.to_payload() == {
        "type": 2,
        "style": 5,
        "label": "Zu einem Server hinzufügen",
        "url": INVITATION,
        "disabled": False,
    }


def test_where_nothing_is_stored_there_is_no_file() -> None:
    assert my_data(0, 0, 0, "en").attachments == ()
    for counts in ((1, 0, 0), (0, 2, 0), (0, 0, 1)):
        assert [file.filename for file in my_data(*counts, "en").attachments] == ["etude-data.json"]


def test_settings_tell_what_holds_and_whether_it_was_just_changed() -> None:
    assert told(settings(UNSET, "en")) == {
        "Style where none is asked for": "any",
        "Length where none is asked for": "60 s",
        "Pieces waiting at once, a member": "3",
        "Channels": "all",
        "Rating by reactions": "on",
    }
    server = ServerSettings("ragtime", 90, (1, 2), 3, is_voting_on=False)
    message = settings(server, "de", is_changed=True)
    assert list(told(message).values()) == ["Ragtime", "90 s", "3", "<#1>, <#2>", "aus"]
    assert message.embed is not None
    assert message.embed.description == "Gespeichert."


def test_of_many_channels_the_first_are_shown_and_the_others_counted() -> None:
    server = ServerSettings(None, 60.0, tuple(range(25)), 3, is_voting_on=True)
    assert told(settings(server, "en"))["Channels"].endswith(", <#19> and 5 more")


def test_a_private_sentence_says_what_to_do() -> None:
    assert reply(Refusal.COOLDOWN, "en", duration="12 s").content == "Wait 12 s, then ask again."
    assert wrong_channel((1, 2), "en").content.endswith("go to <#1>, <#2>.")
    assert reply(Refusal.UNKNOWN_PIECE, "en", id="<@1>_").content.startswith(r"There is no piece “\<\@1\>\_”")
    with pytest.raises(KeyError):
        reply(Refusal.COOLDOWN, "en")


@FEW
@given(texts.filter(str.strip), st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=400), locales)
def test_whatever_others_wrote_can_be_answered(text: str, ids: list[int], locale: str) -> None:
    capabilities = Capabilities(checkpoint="0123456789abcdef", sampler=Sampler.CUDA, styles=(text,) * 60)
    names = ("count", "duration", "permission", "id", "size", "title")
    sentences = [reply(kind, locale, **dict.fromkeys(names, text)) for kind in (*Refusal, *Notice)]
    server = ServerSettings(text, 1e300, tuple(ids), 10**300, is_voting_on=True)
    messages = [about(capabilities, 1, 10**300, locale), settings(server, locale), refused(text)]
    for message in [*sentences, *messages, wrong_channel(tuple(ids), locale), invite(text, locale)]:
        assert_sendable(message.to_payload())
