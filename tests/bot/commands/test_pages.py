"""Pages to read, one's own data, and what is offered while somebody types."""

import gzip
import json
import sqlite3

import pytest

from jobs.keys import KEYS
from jobs.street.presence import Offer
from tests.bot.commands.chat import OFFER, Chat

HOSTILE = [
    "",
    "x" * 100,
    "**bold** `code` @everyone <@1>",
    "🎹🎹",
    "\\",
    "%_'\"; --",
    "[a](b)",
    "\u017f",
    "ǆ" * 50,
    "\u202e",
]


class TestPages:
    """They are private, and come in the language of whoever reads."""

    def test_help_names_every_command(self, chat: Chat) -> None:
        page = chat.page("help")
        for name, command in chat.server.commands.items():
            assert f"</{name}" in page or name in ("help", "mydata")
            assert name == "help" or command["id"] in page
        assert chat.page("help", locale="de") != page

    def test_about_tells_of_workers_and_pieces(self, chat: Chat) -> None:
        assert "01234567" in chat.page("about")
        chat.withdraw()
        chat.piece()
        page = chat.page("about")
        assert "baroque" in page.lower()

    def test_ping_counts_workers(self, alone: Chat) -> None:
        workers = alone.slash("ping").embeds[0]["fields"][2]["value"]
        alone.announce()
        alone.announce(Offer(worker="second", capabilities=OFFER.capabilities))
        assert (workers, alone.slash("ping").embeds[0]["fields"][2]["value"]) == ("0", "2")
        assert "ms" in alone.slash("ping").embeds[0]["fields"][1]["value"]

    def test_invite_asks_for_no_more_than_is_needed(self, chat: Chat) -> None:
        message = chat.slash("invite")
        assert message.is_ephemeral
        (button,) = message.buttons
        assert f"client_id={chat.server.bot.id}" in button["url"]
        assert "scope=bot+applications.commands" in button["url"]
        assert "permissions=274878024768" in button["url"]

    def test_privacy_names_the_commands_that_erase(self, chat: Chat) -> None:
        page = chat.page("privacy")
        assert f"</mydata delete:{chat.server.commands['mydata']['id']}>" in page
        assert chat.page("privacy", locale="de") != page


class TestMyData:
    """Everything that is stored about somebody."""

    def test_there_is_nothing(self, chat: Chat) -> None:
        chat.piece()
        message = chat.slash("mydata get", chat.bert)
        assert (message.is_ephemeral, message.content, message.files) == (
            True,
            "Nothing is stored about you.",
            {},
        )
        assert "Requests that no longer have your id: 0" in chat.private("mydata delete", chat.bert)

    def test_it_is_given_out_and_erased(self, chat: Chat) -> None:
        message, stored = chat.piece(style="baroque")
        waiting, _ = chat.compose()
        chat.server.react(chat.anna, message, "5️⃣")
        chat.server.wait(lambda: chat.store.ratings.of_message(stored.id))
        answer = chat.slash("mydata get")
        assert answer.is_ephemeral
        assert answer.attachments[0].description
        data = json.loads(answer.files["etude-data.json"])
        assert data["user_id"] == str(chat.anna.id)
        assert data["requests"][0]["id"] == stored.id
        assert data["requests"][0]["request"]["style"] == "baroque"
        assert [each["value"] for each in data["reactions"]] == [5]
        sentence = chat.private("mydata delete")
        assert "Requests that no longer have your id: 2" in sentence
        assert "reactions erased: 1" in sentence
        assert chat.private("mydata get") == "Nothing is stored about you."
        assert self.rows_with(chat, chat.anna.id) == []
        assert chat.finish(chat.row(waiting)).message_id == waiting.id  # it is delivered all the same
        assert chat.click(waiting, "Delete").startswith("Only whoever asked")

    def test_much_is_compressed(self, chat: Chat) -> None:
        count = 15_000
        self.remember(chat, count)
        name, content = self.file(chat)
        assert name == "etude-data.json.gz"
        assert len(gzip.decompress(content)) > 10 * 1024**2 > len(content)
        data = json.loads(gzip.decompress(content))
        assert len({each["id"] for each in data["requests"]}) == count + 1

    def test_what_discord_does_not_take_at_all_is_to_be_had_otherwise(self, chat: Chat) -> None:
        self.remember(chat, 100)
        chat.guild.attachment_bytes = 50_000
        name, content = self.file(chat)
        assert (name, len(content) <= 50_000) == ("etude-data.json.gz", True)
        chat.guild.attachment_bytes = 1_000
        assert chat.private("mydata get").endswith("ask the operator of Etude to hand it to you.")

    def file(self, chat: Chat) -> tuple[str, bytes]:
        """What is given out, with its name."""
        message = chat.slash("mydata get")
        assert message.is_ephemeral
        ((name, content),) = message.files.items()
        return name, content

    def remember(self, chat: Chat, count: int) -> None:
        """Have so many more requests of Anna's in the database, the same but for their ids."""
        chat.compose()
        with sqlite3.connect(chat.file, timeout=30) as connection:
            row = connection.execute("SELECT * FROM messages")
            names = ", ".join(
                column[0] for column in row.description if column[0] not in ("id", "message_id")
            )
            connection.execute(
                f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers LIMIT {count}) "
                f"INSERT INTO messages (id, {names}) SELECT 'copy' || n, {names} FROM messages, numbers"
            )
            connection.execute("UPDATE messages SET state = 'failed' WHERE id LIKE 'copy%'")
        connection.close()

    def rows_with(self, chat: Chat, user_id: int) -> list[object]:
        """Everything in the database that has a person's id in it, as a number or inside a text."""
        with sqlite3.connect(chat.file) as connection:
            tables = [
                name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            ]
            rows = [row for table in tables for row in connection.execute(f"SELECT * FROM {table}")]
        connection.close()
        return [row for row in rows if any(str(user_id) in str(value) for value in row)]


class TestAutocomplete:
    """What is offered is valid whatever was typed."""

    @pytest.mark.parametrize("option", ["style", "key"])
    @pytest.mark.parametrize("text", HOSTILE)
    def test_hostile_text(self, chat: Chat, option: str, text: str) -> None:
        choices = chat.server.autocomplete(chat.anna, chat.channel, "compose", option, text)
        assert len(choices) <= 25
        assert all(1 <= len(choice["name"]) <= 100 for choice in choices)
        assert chat.server.autocomplete(chat.anna, chat.channel, "cancel", "id", text) == []

    def test_styles(self, chat: Chat) -> None:
        many = tuple(f"style {number}" for number in range(40))
        odd = ("x" * 101, "**bold**\n@everyone", "ragtime")
        styles = OFFER.capabilities.model_copy(update={"styles": (*odd, *many)})
        chat.withdraw()
        chat.announce(Offer(worker="many", capabilities=styles))
        choices = chat.server.autocomplete(chat.anna, chat.channel, "compose", "style", "")
        assert len(choices) == 25
        assert [choice["name"] for choice in choices[:2]] == ["any", "**bold** @everyone"]
        choices = chat.server.autocomplete(chat.anna, chat.channel, "compose", "style", " RAG ")
        assert [choice["value"] for choice in choices] == ["ragtime"]

    def test_keys(self, chat: Chat) -> None:
        def offered(typed: str) -> list[str]:
            return [
                choice["value"]
                for choice in chat.server.autocomplete(chat.anna, chat.channel, "compose", "key", typed)
            ]

        assert len(offered("")) == 24
        assert set(offered("")) == set(KEYS)
        assert offered("c min")[0] == "C minor"
        assert offered("Bb")[0] == "Bb major"
        assert offered("h") == []
