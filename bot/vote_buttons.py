"""The buttons of listening studies: known by their `custom_id`, so they work after a restart too."""

import re
from typing import TYPE_CHECKING, Any, Self

import discord

from cards.questions import ANOTHER_ID, VOTE_ID, another_id, vote_id
from listening.study.question import Answer, Kind

if TYPE_CHECKING:
    from bot.client import EtudeBot


class VoteButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=VOTE_ID):
    """An answer to a question."""

    def __init__(self, answer: Answer, question_id: str) -> None:
        super().__init__(discord.ui.Button(custom_id=vote_id(answer, question_id), label=answer.value))
        self.answer = answer
        self.question_id = question_id

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction, _item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The button that was clicked."""
        return cls(Answer(match["answer"]), match["id"])

    async def callback(self, interaction: discord.Interaction) -> Any:
        """Take the answer."""
        bot: EtudeBot = interaction.client  # type: ignore[assignment]  # no other client has them
        await bot.answered(interaction, bot.listening.vote(interaction, self.question_id, self.answer))


class AnotherButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=ANOTHER_ID):
    """Asks for another question of the same kind."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(discord.ui.Button(custom_id=another_id(kind), label=kind.value))
        self.kind = kind

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction, _item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The button that was clicked."""
        return cls(Kind(match["kind"]))

    async def callback(self, interaction: discord.Interaction) -> Any:
        """Ask."""
        bot: EtudeBot = interaction.client  # type: ignore[assignment]  # no other client has them
        await bot.answered(interaction, bot.listening.ask(interaction, self.kind))
