"""How Discord says no: a status, a code, a sentence, and for a malformed body its wrong fields."""

from collections.abc import Container
from typing import Any

Json = dict[str, Any]


class RefusedError(Exception):
    """A request that Discord turns down.

    Args:
        status: Status of HTTP.
        code: Discord's own code, as listed under "JSON error codes" in its documentation.
        message: The sentence beside the code.
        errors: For code 50035, the tree of what is wrong with which field.
    """

    def __init__(self, status: int, code: int, message: str, errors: Json | None = None) -> None:
        super().__init__(f"{status} {code} {message}" + (f" {errors}" if errors else ""))
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors

    @property
    def body(self) -> Json:
        """What the reply's body says."""
        errors = {"errors": self.errors} if self.errors else {}
        return {"message": self.message, "code": self.code, **errors}


class Form:
    """Collects what is wrong with a body, then refuses it as a whole."""

    def __init__(self) -> None:
        self._errors: Json = {}

    def wrong(self, field: str, code: str, message: str) -> None:
        """Mark one field, such as `embeds.0.title`."""
        place = self._errors
        for name in field.split("."):
            place = place.setdefault(name, {})
        place.setdefault("_errors", []).append({"code": code, "message": message})

    def length(self, field: str, value: Any, maximum: int, minimum: int = 0) -> None:
        """Mark a text or a list that is too long or too short; None is nothing at all."""
        size = 0 if value is None else len(value)
        if minimum <= size <= maximum:
            return
        if size == 0:
            self.wrong(field, "BASE_TYPE_REQUIRED", "This field is required")
        elif minimum:
            self.wrong(field, "BASE_TYPE_BAD_LENGTH", f"Must be between {minimum} and {maximum} in length.")
        else:
            self.wrong(field, "BASE_TYPE_MAX_LENGTH", f"Must be {maximum} or fewer in length.")

    def one_of(self, field: str, value: object, allowed: Container[object]) -> None:
        """Mark a value that is none of those allowed."""
        if value not in allowed:
            self.wrong(field, "BASE_TYPE_CHOICES", f"Value must be one of {allowed}.")

    def check(self) -> None:
        """Refuse the body if any field is wrong.

        Raises:
            RefusedError: With code 50035 and all marks.
        """
        if self._errors:
            raise RefusedError(400, 50035, "Invalid Form Body", self._errors)


def unknown_channel() -> RefusedError:
    return RefusedError(404, 10003, "Unknown Channel")


def unknown_message() -> RefusedError:
    return RefusedError(404, 10008, "Unknown Message")


def unknown_interaction() -> RefusedError:
    return RefusedError(404, 10062, "Unknown interaction")


def unknown_webhook() -> RefusedError:
    return RefusedError(404, 10015, "Unknown Webhook")


def expired_token() -> RefusedError:
    return RefusedError(401, 50027, "Invalid Webhook Token")


def missing_access() -> RefusedError:
    return RefusedError(403, 50001, "Missing Access")


def missing_permissions() -> RefusedError:
    return RefusedError(403, 50013, "Missing Permissions")


def too_large() -> RefusedError:
    return RefusedError(413, 40005, "Request entity too large")
