"""English, complete: the language that all others fall back on."""

from types import MappingProxyType

from cards.texts.en import card, commands, figures, forms, listening, music, pages, replies

TEXTS = MappingProxyType(
    card.TEXTS
    | commands.TEXTS
    | figures.TEXTS
    | forms.TEXTS
    | listening.TEXTS
    | music.TEXTS
    | pages.TEXTS
    | replies.TEXTS
)
"""The texts by their keys."""
