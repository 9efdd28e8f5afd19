"""What `/results` and `/top` show: how listeners judged."""

from collections.abc import Collection, Iterator, Sequence

from cards.catalogue import text
from cards.estimates import (
    MAX_LINES,
    NAME_CHARACTERS,
    figure,
    lines_of,
    p_value,
    sample_size,
    share,
    with_interval,
)
from cards.figures import number
from cards.foreign import escaped
from cards.message import Attachment, Embed, Field, Message
from cards.report import Difference, Estimate, Interval, Reactions, Report, Study
from cards.styles import ANY_STYLE_COLOUR

CHARTS = ("ratings.png", "duels.png", "guesses.png", "reactions.png")
"""Files with the charts that a card shows, in this order."""

VOTES = "votes.csv"


def results(report: Report, charts: Collection[str], locale: str) -> Message:
    """Returns how listeners judged, a study's votes and reactions apart; requesters' own stand by themselves.

    Args:
        report: all figures.
        charts: which of `CHARTS` go along.
        locale: of the reader.
    """
    study, fields = report.study, []
    if study is not None:
        fields = [*_study_fields(study, locale)]
    fields += _reaction_fields(report.reactions, locale)
    description = text("results.no_study", locale) if study is None else _votes(study, locale)
    embed = Embed(
        title=text("results.title", locale),
        description=description if fields else f"{description}\n{text('results.empty', locale)}",
        colour=ANY_STYLE_COLOUR,
        fields=tuple(fields),
        footer=text("results.footer", locale),
    )
    pictures = tuple(name for name in CHARTS if name in charts)
    files = tuple(Attachment(name, _alt(name, report, locale)) for name in pictures)
    return Message(embed=embed, pictures=pictures, attachments=files)


def exported(study: str, size: str, locale: str, filename: str = VOTES) -> Message:
    """Returns what goes with the table of a study's votes."""
    content = text("results.exported", locale, study=escaped(study), size=size)
    return Message(content=content, attachments=(Attachment(filename, text("results.file", locale)),))


def top(pieces: Sequence[tuple[str, str, Estimate]], locale: str) -> Message:
    """Returns the best-rated pieces of a server.

    Args:
        pieces: id, title and shrunken mean of each, the best first.
        locale: of the reader.
    """
    lines = [
        text(
            "top.line",
            locale,
            place=number(place, locale),
            title=escaped(title),
            mean=number(one.estimate or 0.0, locale, 2),
            ratings=_ratings(one.sample.votes, locale),
            id=escaped(piece_id),
        )
        for place, (piece_id, title, one) in enumerate(pieces, 1)
    ]
    embed = Embed(
        title=text("top.title", locale),
        description="\n".join(lines) or text("top.empty", locale),
        colour=ANY_STYLE_COLOUR,
        footer=text("top.footer", locale) if lines else "",
    )
    return Message(embed=embed)


def _votes(study: Study, locale: str) -> str:
    """Whose study it is, and what became of all votes: the reasons why some are left out too."""
    votes, left_out, listeners = study.votes, study.votes.left_out, study.listeners
    counted = votes.counted.duel + votes.counted.guess + votes.counted.listen
    checks = votes.checks.repeated + votes.checks.trapping
    reasons = [
        text(f"results.left_out.{reason}", locale, count=number(count, locale))
        for reason, count in left_out.model_dump().items()
        if count
    ]
    lines = [
        text(f"results.study.{study.state}", locale, study=escaped(study.name)),
        text(
            "results.votes",
            locale,
            answered=number(votes.answered, locale),
            listeners=number(listeners.answered, locale),
            counted=number(counted, locale),
            checks=number(checks, locale),
            left_out=number(sum(left_out.model_dump().values()), locale),
        ),
        ", ".join(reasons),
    ]
    careful = listeners.answered - len(listeners.unreliable)
    if 0 < careful < listeners.intervals_trusted_from:
        enough = number(listeners.intervals_trusted_from, locale)
        lines.append(text("results.few", locale, listeners=enough))
    return "\n".join(filter(None, lines))


def _study_fields(study: Study, locale: str) -> Iterator[Field]:
    if study.mos:
        yield Field(text("results.mos", locale), _ratings_of(study, locale))
    if any(one.estimate is not None for one in study.comparisons):
        yield Field(text("results.differences", locale), _differences(study, locale))
    if study.duels.strengths:
        rows = [
            (one, with_interval(number(one.points, locale), one.points_interval, locale))
            for one in study.duels.strengths
        ]
        lines = lines_of(rows, locale)
        if study.duels.both_bad:
            lines += "\n" + text("results.both_bad", locale, count=number(study.duels.both_bad, locale))
        yield Field(text("results.duels", locale), lines)
    if study.guesses.all.estimate is not None:
        yield Field(text("results.guesses", locale), _guesses(study, locale))
    if study.own.mos or study.own.guesses or study.own.duels:
        parts = [lines_of([(one, figure(one, locale)) for one in study.own.mos], locale)]
        if study.own.guesses or study.own.duels:
            counts = {
                "guesses": number(study.own.guesses, locale),
                "duels": number(study.own.duels, locale),
            }
            parts.append(text("results.own.others", locale, **counts))
        yield Field(text("results.own.study", locale), "\n".join(filter(None, parts)))


def _ratings_of(study: Study, locale: str) -> str:
    lines = [lines_of([(one, figure(one, locale)) for one in study.mos], locale)]
    if study.agreement.estimate is not None:
        lines.append(text("results.agreement", locale, alpha=figure(study.agreement, locale)))
    opinions = [one.consensus for one in study.pieces if one.consensus is not None]
    if opinions:
        preferred = opinions.count("preferred by all")
        counts = {
            "preferred": number(preferred, locale),
            "divided": number(len(opinions) - preferred, locale),
        }
        lines.append(text("results.consensus", locale, **counts))
    return "\n".join(lines)


def _differences(study: Study, locale: str) -> str:
    """Pairs of conditions, the clearest difference first, and which are as good as pieces by people."""
    told = [one for one in study.comparisons if one.estimate is not None]
    told.sort(key=lambda one: 1.0 if one.holm_p_value is None else one.holm_p_value)
    lines = []
    for one in told[:MAX_LINES]:
        names = [escaped(name, NAME_CHARACTERS) for name in (one.first, one.second)]
        if (one.estimate or 0.0) < 0:
            names.reverse()
        better = _mirrored(one) if (one.estimate or 0.0) < 0 else one
        p = "-" if one.holm_p_value is None else p_value(one.holm_p_value, locale)
        lines.append(
            text(
                "results.difference",
                locale,
                first=names[0],
                second=names[1],
                difference=figure(better, locale),
                p=p,
            )
        )
    if len(told) > MAX_LINES:
        lines.append(text("results.more", locale, count=number(len(told) - MAX_LINES, locale)))
    lines += [
        text(
            "results.equivalent",
            locale,
            first=escaped(one.condition, NAME_CHARACTERS),
            second=escaped(one.human, NAME_CHARACTERS),
            bound=number(one.bound, locale, 2),
        )
        for one in study.equivalences
        if one.is_equivalent
    ]
    return "\n".join(lines)


def _mirrored(one: Difference) -> Estimate:
    """The same difference, the second condition less the first."""
    interval = one.interval and Interval(
        low=-one.interval.high, high=-one.interval.low, level=one.interval.level
    )
    return Estimate(estimate=-(one.estimate or 0.0), interval=interval, sample=one.sample)


def _guesses(study: Study, locale: str) -> str:
    guesses = study.guesses
    right = text(
        "results.right", locale, share=share(guesses.all, locale), n=sample_size(guesses.all, locale)
    )
    called = lines_of([(one, share(one, locale)) for one in guesses.called_human], locale)
    lines = [right, text("results.called", locale), called]
    if guesses.d_prime.estimate is not None:
        lines.insert(1, text("results.d_prime", locale, d_prime=figure(guesses.d_prime, locale)))
    return "\n".join(lines)


def _reaction_fields(reactions: Reactions, locale: str) -> Iterator[Field]:
    for name, one in (("reactions", reactions.all), ("own.reactions", reactions.own)):
        if one.estimate is not None:
            line = f"**{figure(one, locale)}** · {_ratings(one.sample.votes, locale)}"
            yield Field(text(f"results.{name}", locale), line)


def _ratings(count: int, locale: str) -> str:
    return text("results.ratings", locale, count=number(count, locale))


def _alt(chart: str, report: Report, locale: str) -> str:
    """A chart's figures in words."""
    study, rows = report.study, [(one.style, figure(one, locale)) for one in report.reactions.by_style]
    if study is not None and chart == "ratings.png":
        rows = [(one.condition, figure(one, locale)) for one in study.mos]
    elif study is not None and chart == "duels.png":
        rows = [
            (one.condition, with_interval(number(one.points, locale), one.points_interval, locale))
            for one in study.duels.strengths
        ]
    elif study is not None and chart == "guesses.png":
        rows = [(one.condition, share(one, locale)) for one in study.guesses.called_human]
    title = text(f"results.chart.{chart.removesuffix('.png')}", locale)
    return " · ".join([title, *(f"{name}: {told}" for name, told in rows)])
