"""A piece's title, such as "Prelude in C minor, No. 1041", and the line below it."""

import hashlib
from types import MappingProxyType
from typing import NamedTuple

from cards.catalogue import text
from cards.figures import number
from cards.styles import style_name
from jobs.request import GenerationRequest
from jobs.result import Measured

SLOW_NOTES_PER_SECOND = 5.0
FAST_NOTES_PER_SECOND = 8.0


class Forms(NamedTuple):
    """Names of the catalogue's `form.*` texts that a style uses, by how many notes go with them."""

    slow: tuple[str, ...]
    either: tuple[str, ...]
    fast: tuple[str, ...]


_ANY_STYLE = Forms(("meditation", "air"), ("prelude", "intermezzo", "fantasia"), ("study", "toccata"))

_FORMS = MappingProxyType(
    {
        "baroque": Forms(
            ("sarabande", "air"), ("prelude", "invention", "allemande"), ("courante", "gigue", "toccata")
        ),
        "classical": Forms(
            ("andante", "romance"), ("sonatina", "bagatelle", "fantasia"), ("rondo", "allegro")
        ),
        "romantic": Forms(
            ("nocturne", "romance"), ("intermezzo", "prelude", "mazurka"), ("impromptu", "scherzo", "study")
        ),
        "impressionist": Forms(("reverie", "sarabande"), ("image", "prelude"), ("arabesque", "toccata")),
        "modern": Forms(("meditation", "nocturne"), ("miniature", "sketch"), ("burlesque", "toccata")),
        "ragtime": Forms(("slow_drag",), ("rag",), ("two_step", "cakewalk")),
        "pop": Forms(("ballad",), ("song", "intermezzo"), ("refrain",)),
        "salon": Forms(("serenade", "reverie"), ("waltz", "mazurka"), ("polka", "impromptu")),
        "latin": Forms(("bolero", "habanera"), ("danzon",), ("tango",)),
        "klezmer": Forms(("doina", "nigun"), ("hora",), ("freylekhs", "bulgar", "sher")),
        "minimalist": Forms(("meditation",), ("pattern", "cycle"), ("ostinato",)),
    }
)


def title_of(request: GenerationRequest, locale: str | None = None) -> str:
    """Returns the title of a piece, in the request's locale where no other is given.

    The form is drawn from seed and style and suits the requested density, so that a piece keeps its
    title wherever it is shown again; the key stands in it where one was requested.
    """
    locale = locale or request.locale
    form = text(f"form.{_form(request)}", locale)
    if request.key is None:
        return text("title", locale, form=form, number=request.number)
    key = text(f"key.{request.key}", locale)
    return text("title.with_key", locale, form=form, key=key, number=request.number)


def subtitle_of(request: GenerationRequest, measured: Measured) -> str:
    """Returns what stands below the title: style, measured length and density, seed."""
    locale = request.locale
    style = request.style and text("subtitle.style", locale, style=style_name(request.style, locale))
    return text(
        "subtitle",
        locale,
        style=style or "",
        seconds=number(measured.seconds, locale),
        notes_per_second=number(measured.notes_per_second, locale, decimals=1),
        seed=request.seed,
    )


def _form(request: GenerationRequest) -> str:
    forms = _FORMS.get(request.style or "", _ANY_STYLE)
    candidates = forms.either
    if request.density is None or request.density < SLOW_NOTES_PER_SECOND:
        candidates += forms.slow
    if request.density is None or request.density > FAST_NOTES_PER_SECOND:
        candidates += forms.fast
    digest = hashlib.sha256(f"{request.seed} {request.style}".encode()).digest()
    return candidates[int.from_bytes(digest) % len(candidates)]
