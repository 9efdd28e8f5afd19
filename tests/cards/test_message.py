from hypothesis import given
from hypothesis import strategies as st

from cards.buttons import Action, Button, ButtonStyle, cancel_row, custom_id, parse_custom_id, piece_row
from cards.message import Attachment, Embed, Field, Message
from jobs.request import new_piece_id
from tests.cards.discord_rules import assert_sendable
from tests.cards.hostile import FEW, texts

long_texts = texts.map(lambda text: text * 20)
fields = st.builds(Field, name=long_texts, value=long_texts, is_inline=st.booleans())
embeds = st.builds(
    Embed,
    title=st.just("A title"),
    description=long_texts,
    colour=st.integers(0, 0xFFFFFF),
    fields=st.lists(fields, max_size=30).map(tuple),
    footer=long_texts,
)


def test_a_message_is_told_in_the_names_of_discord() -> None:
    message = Message(
        content="Hello",
        embed=Embed(
            title="Title",
            description="Text",
            colour=0x123456,
            fields=(Field("Key", "C minor", is_inline=True),),
            footer="Below",
            image="a.png",
        ),
        rows=((Button("Stop", "etude:x", ButtonStyle.DANGER, emoji="🛑", is_disabled=True),),),
        attachments=(Attachment("a.mid", "Notes"), Attachment("a.png", "A picture")),
    )
    assert message.to_payload() == {
        "content": "Hello",
        "embeds": [
            {
                "title": "Title",
                "description": "Text",
                "color": 0x123456,
                "fields": [{"name": "Key", "value": "C minor", "inline": True}],
                "footer": {"text": "Below"},
                "image": {"url": "attachment://a.png"},
            }
        ],
        "components": [
            {
                "type": 1,
                "components": [
                    {
                        "type": 2,
                        "style": 4,
                        "label": "Stop",
                        "emoji": {"name": "🛑"},
                        "custom_id": "etude:x",
                        "disabled": True,
                    }
                ],
            }
        ],
        "attachments": [
            {"id": 0, "filename": "a.mid", "description": "Notes"},
            {"id": 1, "filename": "a.png", "description": "A picture"},
        ],
        "allowed_mentions": {"parse": []},
    }
    assert_sendable(message.to_payload())


def test_what_an_earlier_message_held_is_taken_away() -> None:
    payload = Message(content="Done").to_payload()
    assert [payload[part] for part in ("embeds", "components", "attachments")] == [[], [], []]


def test_black_is_a_colour() -> None:
    assert Message(embed=Embed(title="Night")).to_payload()["embeds"] == [{"title": "Night", "color": 0}]


@FEW
@given(embeds, long_texts)
def test_whatever_stands_in_a_message_fits_what_discord_takes(embed: Embed, content: str) -> None:
    message = Message(content=f"Content: {content}", embed=embed)
    assert_sendable(message.to_payload())


def test_of_an_embed_that_is_too_long_the_beginning_stays() -> None:
    embed = Embed("Title", fields=tuple(Field(str(index), "x" * 1024) for index in range(25)))
    (payload,) = Message(embed=embed).to_payload()["embeds"]
    assert payload["title"] == "Title"
    assert [field["name"] for field in payload["fields"]] == ["0", "1", "2", "3", "4", "5"]
    assert payload["fields"][5]["value"].endswith("x…")


def test_a_button_knows_what_to_do_after_any_restart() -> None:
    piece_id = new_piece_id()
    told = {button.label: parse_custom_id(button.custom_id) for button in piece_row(piece_id, "en")}
    assert told == {
        "Again": (Action.AGAIN, piece_id),
        "Continue": (Action.CONTINUE, piece_id),
        "Variation": (Action.VARIATION, piece_id),
        "Recipe": (Action.RECIPE, piece_id),
        "Delete": (Action.DELETE, piece_id),
    }
    (cancel,) = cancel_row(piece_id, "de")
    assert (cancel.label, cancel.custom_id) == ("Abbrechen", f"etude:cancel:{piece_id}")


def test_what_is_no_click_on_a_button_of_ours_is_not_taken_for_one() -> None:
    known = custom_id(Action.AGAIN, "abcdefghjk")
    assert parse_custom_id(known) == (Action.AGAIN, "abcdefghjk")
    for other in (
        "",
        "again:abcdefghjk",
        "etude:burn:abcdefghjk",
        "etude:again:../etc",
        f"{known}\n",
        f"{known}?",
    ):
        assert parse_custom_id(other) is None


def test_pictures_are_shown_below_in_cards_of_their_own() -> None:
    files = tuple(Attachment(name, "A picture") for name in ("a.png", "b.png"))
    message = Message(embed=Embed(title="Title", colour=5), pictures=("a.png", "b.png"), attachments=files)
    assert_sendable(message.to_payload())
    assert message.to_payload()["embeds"] == [
        {"title": "Title", "color": 5},
        {"color": 5, "image": {"url": "attachment://a.png"}},
        {"color": 5, "image": {"url": "attachment://b.png"}},
    ]
