"""Requests and results that hold the worst that may come, for property tests."""

from hypothesis import settings
from hypothesis import strategies as st

from jobs.audio import AudioFormat
from jobs.keys import KEYS
from jobs.levels import LEVELS
from jobs.progress import Progress, Stage
from jobs.request import ID_ALPHABET, GenerationRequest, Rendition
from jobs.result import GenerationResult, Measured, Originality
from jobs.task import ComposeTask, RenderTask, Task
from tests.jobs.pieces import ADDRESS, RESULT

FEW = settings(max_examples=40)
"""For tests whose every example builds much."""

HUGE = 1e300
NASTY = (
    "@everyone <@1> <@&2> <#3> </x:4> **bold** __u__ ~~s~~ ||spoiler|| `code` ```block```",
    "[masked](https://example.org) https://example.org # heading",
    "# heading",
    "- list\n> quote\n-# small",
    "\u202eright to left\u2066 \x00\x07\x1b[31m \u200b",
    " \n\t ",
    "🎹" * 300,
    "{seconds} {0} {missing} %s",
    "\\" * 300,
    "x" * 300,
)

texts = st.sampled_from(NASTY) | st.text(max_size=400) | st.sampled_from(NASTY).map(lambda text: text * 40)
locales = st.sampled_from(("en", "en-GB", "en-US", "de", "de-AT", "pt-BR", "zh-CN", "xx")) | st.from_regex(
    r"\A[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}\Z"
)
ids = st.text(ID_ALPHABET, min_size=10, max_size=12)


@st.composite
def requests(draw: st.DrawFn) -> GenerationRequest:
    weights = draw(st.none() | st.lists(st.floats(0.01, 1), min_size=12, max_size=12))
    primer = draw(st.none() | st.just("0" * 64))
    return GenerationRequest(
        id=draw(ids),
        number=draw(st.integers(1, 10**400)),
        seed=draw(st.integers(0, 2**63 - 1)),
        style=draw(st.none() | texts | st.sampled_from(("romantic", "ragtime"))),
        key=None if weights else draw(st.none() | st.sampled_from(KEYS)),
        length_seconds=draw(st.floats(10, 300)),
        density=draw(st.none() | st.floats(0.5, 30)),
        pitch_class_histogram=None if weights is None else tuple(share / sum(weights) for share in weights),
        loudness=draw(st.none() | st.floats(1, 127) | st.just(45.0)),
        rendition=draw(st.sampled_from(Rendition)),
        temperature=draw(st.floats(0.1, 2)),
        top_p=draw(st.floats(0.01, 1)),
        level=draw(st.none() | st.sampled_from(LEVELS)),
        primer_sha256=primer,
        primer_echo=primer is not None and draw(st.booleans()),
        primer_opening_seconds=None if primer is None else draw(st.none() | st.floats(0.1, 300)),
        audio_format=draw(st.sampled_from(AudioFormat)),
        locale=draw(locales),
    )


measures = st.builds(
    Measured,
    key=st.none() | st.sampled_from(KEYS),
    seconds=st.floats(0, HUGE),
    notes=st.integers(0, 10**300),
    notes_per_second=st.floats(0, HUGE),
    mean_velocity=st.floats(0, 127),
    mean_polyphony=st.floats(0, HUGE),
    largest_polyphony=st.integers(0, 128),
    long_note_share=st.floats(0, 1),
    hand_span=st.none() | st.integers(0, 10**300),
    hand_strokes_per_second=st.none() | st.floats(0, HUGE),
)


originalities = st.builds(
    Originality,
    longest_match=st.integers(0, 10**300),
    matched_share=st.floats(0, 1),
    most_notes=st.floats(0, HUGE),
    most_share=st.floats(0, 1),
    index=st.just("0123456789ab"),
)


@st.composite
def results(draw: st.DrawFn) -> GenerationResult:
    changes = {"request": draw(requests()), "measured": draw(measures), "soundfont": draw(texts)}
    changes["originality"] = draw(st.none() | originalities)
    changes["checkpoint"] = draw(st.text("0123456789abcdef", min_size=8, max_size=64))
    return RESULT.model_copy(update=changes)


@st.composite
def tasks(draw: st.DrawFn) -> Task:
    if draw(st.booleans()):
        return ComposeTask(request=draw(requests()), reply_to=ADDRESS)
    return RenderTask(id=draw(ids), piece=draw(results()), reply_to=ADDRESS)


progresses = st.builds(Progress, stage=st.sampled_from(Stage), share=st.floats(0, 1))
