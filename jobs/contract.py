"""The base of everything that crosses a boundary between processes."""

from pydantic import BaseModel, ConfigDict


class Contract(BaseModel):
    """A frozen model that travels as JSON only; unknown fields, infinities and NaN are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
