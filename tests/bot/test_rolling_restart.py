"""Workers are replaced one after another while pieces are asked for: each comes, and comes once."""

from pathlib import Path

from tests.bot.processes import Chat, ended
from tests.discord_server.server import DiscordServer

PIECES = 4


def test_workers_are_replaced_without_a_lost_piece(
    process_settings: dict[str, object], tmp_path: Path
) -> None:
    settings = {**process_settings, "ETUDE_DRAIN_SECONDS": 1, "ETUDE_USER_AT_ONCE": PIECES}
    with DiscordServer() as server, Chat(server, tmp_path, settings) as chat:
        chat.start_worker()
        chat.start_bot()
        messages = []
        for number in range(PIECES):
            channel = server.add_channel(chat.guild)
            messages.append(chat.compose(channel, length="20", candidates=1).wait_original())
            if number % 2:
                before = chat.worker
                chat.start_worker()
                assert ended(before, 60) == 0
        for message in messages:
            chat.delivered(message, 120)
            (stands,) = (each for each in message.channel.messages.values() if not each.is_ephemeral)
            assert stands.id == message.id
        attempts = [line for line in log_lines(chat) if "task.answered" in line]
        assert len(attempts) == PIECES
        chat.assert_balanced()
        assert (ended(chat.bot), ended(chat.worker)) == (0, 0)


def log_lines(chat: Chat) -> list[str]:
    return [line for log in chat.logs.iterdir() for line in log.read_text().splitlines()]
