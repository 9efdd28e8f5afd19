"""How to finetune."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FinetuningConfig:
    """Everything that a finetuning is told.

    Attributes:
        minutes: how long it may take at most, the composing of what is to be remembered included.
        most_windows: that each pupil learns from; with enough minutes the same music then gives the same
            weights.
        batch: performances read side by side.
        steps: events in a window.
        rate: Adam's learning rate after the warm-up.
        warmup_windows: windows until then.
        clip: largest norm of a gradient.
        rounds: how many pieces the network composes in each style to remember it by; one more in each is
            held back to see how well it does.
        remembered_seconds: how long each of these is; less where minutes are few.
        remembered_share: of the events that are shown.
        transpose: pieces are moved by up to so many semitones up or down.
        tempo: pieces are stretched by up to this share, longer or shorter.
        abridged_seconds: how long the shown opening and closing of a new piece are at most, each.
        look_windows: windows between looks at how much was gained.
        patience: looks without a gain before learning ends, with the best weights.
        most_drift: by so much, as a share, the old styles' held-back pieces may become less likely.
        half: products in bfloat16 where the processor can; faster on CPUs with AMX, slower on others.
        seed: of order, augmentation and what is composed.
    """

    minutes: float = 20.0
    most_windows: int = 1000
    batch: int = 16
    steps: int = 256
    rate: float = 5e-5
    warmup_windows: int = 10
    clip: float = 1.0
    rounds: int = 3
    remembered_seconds: float = 45.0
    remembered_share: float = 0.3
    transpose: int = 3
    tempo: float = 0.05
    abridged_seconds: float = 60.0
    look_windows: int = 10
    patience: int = 3
    most_drift: float = 0.01
    half: bool = False
    seed: int = 0
