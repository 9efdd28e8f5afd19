"""The message of a request made in chat, as long as a worker has it: progress, and then the piece."""

import threading
from collections.abc import Callable

import structlog
from redis import Redis
from redis.exceptions import RedisError

from cards.attachments import filenames
from cards.message import Message
from cards.piece import audio_left_out, audio_smaller, piece
from cards.waiting import working
from jobs.audio import AudioFormat
from jobs.progress import Progress
from jobs.street.interactions import close_to_progress, is_open_to_progress
from jobs.task import Task
from worker.composition import Piece
from worker.errors import MessageError
from worker.webhook import OriginalResponse

PROGRESS_SECONDS = 3.0
"""The least time between two edits that show progress."""

_log = structlog.get_logger(__name__)


class ChatMessage:
    """Edits one message; its thread sends the latest progress and forgets what came before it."""

    def __init__(self, redis: Redis, task: Task, response: OriginalResponse, attachment_bytes: int) -> None:
        """Begin to listen.

        Args:
            redis: a connection that fails at once.
            task: whose message it is.
            response: edits it.
            attachment_bytes: the largest file that its channel takes.
        """
        self._redis = redis
        self._task = task
        self._response = response
        self._attachment_bytes = attachment_bytes
        self._latest: Progress | None = None
        self._news = threading.Event()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._show_on, name=f"chat-{task.id}", daemon=True)
        self._thread.start()

    def show(self, progress: Progress) -> None:
        """Show how far the piece is, some time soon; returns at once."""
        self._latest = progress
        self._news.set()

    def close(self) -> None:
        """Show no more progress; what is being sent is waited for."""
        self._is_over.set()
        self._news.set()
        self._thread.join()

    def deliver(
        self, made: Piece, smaller: Callable[[AudioFormat], bytes], check: Callable[[], None]
    ) -> bool:
        """Put the piece in place of the progress; again does no harm.

        Args:
            made: the piece.
            smaller: encodes its audio in another format.
            check: called before each try; what it raises ends the trying.

        Returns:
            Whether it stands there; where not, the bot has to see to it.
        """
        self.close()
        close_to_progress(self._redis, self._task.id)
        message, files = self._fitting(made, smaller)
        try:
            self._response.edit(message.to_payload(), files, check)
        except MessageError as error:
            _log.info("chat.not_delivered", cause=str(error))
            return False
        return True

    def _fitting(
        self, made: Piece, smaller: Callable[[AudioFormat], bytes]
    ) -> tuple[Message, dict[str, bytes]]:
        """The message and its files: where the channel does not take the audio, a smaller one or none."""
        request = made.result.request
        audio_format: AudioFormat | None = request.audio_format
        audio, note = made.audio, ""
        if len(audio) > self._attachment_bytes:
            audio_format = AudioFormat.OPUS
            audio = smaller(audio_format)
            note = audio_smaller(self._attachment_bytes, audio_format, request.locale)
        if len(audio) > self._attachment_bytes:
            audio_format = None
            note = audio_left_out(self._attachment_bytes, request.locale)
        names = filenames(made.result.id, audio_format)
        message = piece(made.result, names, note=note)
        contents = {names.audio: audio, names.midi: made.midi, names.picture: made.picture}
        return message, {each.filename: contents[each.filename] for each in message.attachments}

    def _show_on(self) -> None:
        while not self._is_over.is_set():
            self._news.wait()
            self._news.clear()
            progress = self._latest
            if self._is_over.is_set() or progress is None:
                return
            try:
                self._response.edit(working(self._task, progress).to_payload(), check=self._check)
            except (MessageError, RedisError) as error:
                _log.info("chat.no_progress", cause=str(error))
                return
            self._is_over.wait(PROGRESS_SECONDS)

    def _check(self) -> None:
        """Asked before each try: another worker may have delivered while this one waited to try again."""
        if self._is_over.is_set() or not is_open_to_progress(self._redis, self._task.id):
            raise MessageError("The piece is done; progress is of no interest any more.")
