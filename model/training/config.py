"""How to train."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TrainingConfig:
    """Everything that a training run is told.

    Attributes:
        minutes: how long to train; learning rate and end follow the clock, so that a run on a busy or a
            slow machine is still brought to its end. Time of earlier sittings counts.
        batch: performances read side by side.
        steps: events in a window.
        peak_rate: AdamW's learning rate after the warm-up.
        final_rate: the rate that the cosine decay ends with.
        warmup_windows: windows until the peak.
        weight_decay: AdamW's decay of matrices.
        clip: largest norm of a gradient.
        transpose: pieces are moved by up to so many semitones up or down.
        tempo: pieces are stretched by up to this share, longer or shorter.
        abridged_share: how many of the readings are abridged to an opening and a closing, so that the network
            sees more ends than one in minutes, and pieces as short as those that are asked for.
        abridged_seconds: the shortest and the longest that either part is.
        foreign_share: how many of the readings come after the opening of another piece, which does not count
            and is told the controls of what follows, so that the network learns to find back to what it is
            told when the music so far says otherwise.
        foreign_seconds: the shortest and the longest that such an opening is.
        style_balance: 0 shows styles as often as the corpus holds them, 1 all equally.
        original_weight: how many times as often an original is shown as a composed pattern or a piece that
            stands a second time in another style, in a style that has such.
        save_minutes: time between saves of the run.
        validate_minutes: time between looks at the validation split.
        half: whether products are computed in bfloat16 where the device can (weights and sums stay single
            precision); faster on GPUs and on CPUs with AMX, slower on others.
        seed: of initial weights, augmentation and order.
    """

    minutes: float
    batch: int = 32
    steps: int = 256
    peak_rate: float = 3e-3
    final_rate: float = 3e-5
    warmup_windows: int = 200
    weight_decay: float = 0.01
    clip: float = 1.0
    transpose: int = 3
    tempo: float = 0.05
    abridged_share: float = 0.6
    abridged_seconds: tuple[float, float] = (5.0, 60.0)
    foreign_share: float = 0.6
    foreign_seconds: tuple[float, float] = (2.0, 15.0)
    style_balance: float = 0.9
    original_weight: float = 4.0
    save_minutes: float = 3.0
    validate_minutes: float = 10.0
    half: bool = False
    seed: int = 0
