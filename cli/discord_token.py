"""A look at DISCORD_TOKEN for `etude doctor`: is it one, and does Discord take it. It is never shown."""

import http.client
import json
import re
import urllib.error
import urllib.request
from importlib.metadata import version

from cli.errors import CommandError

ASK_SECONDS = 3.0

_FORM = re.compile(r"[\w-]{18,}\.[\w-]{4,}\.[\w-]{20,}", re.ASCII)
"""Three parts in base64url: the bot's id, a time, a signature (Discord's reference, "Authentication")."""


def look_at_token(token: str, api_base: str) -> str:
    """Returns what is to be said of a token.

    Args:
        token: of a bot.
        api_base: where Discord's API is reached.

    Raises:
        CommandError: it is no bot token, or Discord does not take it.
    """
    if not _FORM.fullmatch(token):
        raise CommandError(
            "DISCORD_TOKEN is no bot token (three parts with dots between): copy the token from the page Bot "
            "of your application in Discord's developer portal."
        )
    try:
        return f"Discord knows it as {_name_of(token, api_base)}"
    except urllib.error.HTTPError as error:
        if error.code == 401:
            raise CommandError(
                "Discord does not take DISCORD_TOKEN: copy it anew from the developer portal."
            ) from None
        return f"DISCORD_TOKEN is set and well-formed; Discord could not be asked (it answers {error.code})"
    except http.client.HTTPException:
        return (
            "DISCORD_TOKEN is set and well-formed; Discord could not be asked (nothing there answers in HTTP)"
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = getattr(error, "reason", None) or error
        return f"DISCORD_TOKEN is set and well-formed; Discord could not be asked ({reason})"


def _name_of(token: str, api_base: str) -> str:
    """The name of the bot whose token it is."""
    request = urllib.request.Request(  # noqa: S310 - the settings let only http and https through
        f"{api_base}/users/@me", headers={"User-Agent": f"DiscordBot (etude, {version('etude')})"}
    )
    request.add_unredirected_header("Authorization", f"Bot {token}")  # for this server and no other
    with urllib.request.urlopen(request, timeout=ASK_SECONDS) as answer:  # noqa: S310 - as above
        return str(json.load(answer)["username"])
