"""All that makes pieces in this process: checkpoint, engine and soundfont, as the settings name them."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from jobs.capabilities import Capabilities
from jobs.request import GenerationRequest
from jobs.result import GenerationResult
from jobs.settings import Settings

if TYPE_CHECKING:
    from jobs.progress import Stage
    from model.checkpoint import Checkpoint
    from worker.composition import Piece
    from worker.engine import Engine


class Workshop:
    """Makes pieces; what they need is loaded once."""

    def __init__(self, settings: Settings) -> None:
        """Find the soundfont.

        Raises:
            SoundfontError: the soundfont is missing or damaged.
        """
        from worker import composition
        from worker.soundfonts import find_soundfont

        self._composition = composition
        self._settings = settings
        self._soundfont = find_soundfont(settings.soundfont)

    @property
    def capabilities(self) -> Capabilities:
        """What may be asked for.

        Raises:
            CheckpointError: the checkpoint is missing or damaged.
        """
        return self._composition.capabilities(self._checkpoint)

    def compose(
        self, request: GenerationRequest, primer: bytes | None, report: Callable[["Stage", float], None]
    ) -> "Piece":
        """Make a piece, see `worker.composition.compose`."""
        return self._composition.compose(request, primer, self.engine, self._soundfont, report)

    def show(
        self, result: GenerationResult, midi: bytes, report: Callable[["Stage", float], None]
    ) -> "Piece":
        """Render a stored piece again, see `worker.composition.show`."""
        return self._composition.show(result, midi, self._soundfont, report)

    @cached_property
    def _checkpoint(self) -> "Checkpoint":
        from model.checkpoint import SHIPPED, load_checkpoint

        return load_checkpoint(self._settings.etude_checkpoint or SHIPPED)

    @cached_property
    def engine(self) -> "Engine":
        """The network, loaded at first use."""
        from worker.engine import Engine

        return Engine(self._checkpoint, self._settings.etude_data_dir / "cache")
