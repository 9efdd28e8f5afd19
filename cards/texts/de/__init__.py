"""German, complete."""

from types import MappingProxyType

from cards.texts.de import card, commands, figures, forms, listening, music, pages, replies

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
