"""A spec = target or laws, keys held fixed, axes to vary, a filter, measures, and particles or a wanted width.

It is TOML. Its shape is checked here, by pydantic; its words against the registries of targets and laws in
sim.sweep.check. Both kinds of mistake are reported together.
"""

import math
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema, model_validator
from pydantic_core import ErrorDetails

from sim.sweep.mistakes import Mistake, did_you_mean

MOST_POINTS: Final = 1_000_000
"""Values along an axis, and cells of a sweep: a million rows are a gigabyte, which one file still carries well."""


def _plain(value: Any) -> Any:
    """Return a number, a text or a list of numbers; refuse the rest."""
    parts = value if isinstance(value, list) else [value]
    for part in parts:
        scalar = isinstance(part, int | float) or (isinstance(part, str) and part is value)
        if isinstance(part, bool) or not scalar or (isinstance(part, float) and math.isnan(part)):
            raise ValueError("a value is a number, a text or a list of numbers")
    return value


_NUMBER_SCHEMA: Final = {"type": "number"}
Value = Annotated[
    Any,
    AfterValidator(_plain),
    WithJsonSchema({"anyOf": [_NUMBER_SCHEMA, {"type": "string"}, {"type": "array", "items": _NUMBER_SCHEMA}]}),
]
Number = Annotated[float, Field(allow_inf_nan=False)]
Points = Annotated[int, Field(ge=2, le=MOST_POINTS)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Axis(_Strict):
    """The values of one key: listed, or from a first to a last one evenly, or evenly in the logarithm."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    values: list[Value] | None = Field(None, min_length=1, max_length=MOST_POINTS, description="listed values")
    linspace: list[Number] | None = Field(None, min_length=3, max_length=3, description="first, last, number of values")
    logspace: list[Number] | None = Field(
        None, min_length=3, max_length=3, description="first > 0, last > 0, number of values"
    )

    @model_validator(mode="after")
    def _one_kind(self) -> "Axis":
        given = [name for name in ("values", "linspace", "logspace") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("give one of values, linspace and logspace")
        span = self.linspace or self.logspace
        if span is not None:
            if span[2] != math.floor(span[2]) or not 2 <= span[2] <= MOST_POINTS:
                raise ValueError("the third entry is the number of values, a whole number from 2")
            if self.logspace is not None and min(span[:2]) <= 0:
                raise ValueError("a logarithmic axis has positive ends")
        return self


class Adaptive(_Strict):
    """Grow `particles` from `start` until the interval of `measure` is at most `width` wide, or to `cap`."""

    measure: str = Field(description="a measure with an interval, as estimate.ambiguous")
    width: float = Field(gt=0, allow_inf_nan=False, description="wanted width of its interval")
    start: int = Field(1000, ge=1, description="particles of the first look")
    cap: int = Field(1_000_000, ge=1, description="most particles")

    @model_validator(mode="after")
    def _ordered(self) -> "Adaptive":
        if self.start > self.cap:
            raise ValueError("start exceeds cap")
        return self


class Spec(_Strict):
    """What to compute: one cell for each point of the grid that passes the filter."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", description="names the store, OUT/NAME.sweep")
    about: str = Field("", description="what the sweep is for, in a sentence")
    target: str | None = Field(None, description="a target of `noncommit simulate`")
    laws: list[str] | None = Field(None, min_length=1, description="laws to evaluate instead; several are an axis")
    samplers: list[str] | None = Field(None, min_length=1, description="short for the first axis, `sampler`")
    path: str | None = Field(None, description="short for keys.path")
    readout: str | None = Field(None, description="short for keys.readout, where the target reads one")
    keys: dict[str, Value] = Field(default_factory=dict, description="keys that all cells share")
    grid: dict[str, Axis] = Field(default_factory=dict, description="keys that vary, slowest first")
    zip: list[list[str]] = Field(default_factory=list, description="axes that advance together")
    where: str = Field("", description="keep the cells for which this holds, as steps * mu <= 64")
    measures: list[str] = Field(default_factory=list, description="results to keep (default: every number)")
    adaptive: Adaptive | None = None


_MODELS: Final[dict[str, type[BaseModel]]] = {"": Spec, "grid": Axis, "adaptive": Adaptive}


def _reworded(error: ErrorDetails) -> Mistake:
    """Say what pydantic found in our words: no addresses, and the nearest name for an unknown one."""
    places = [str(place) for place in error["loc"]]
    kind = error["type"]
    if kind == "extra_forbidden":
        parent = _MODELS[places[0] if len(places) > 1 else ""]
        what = f"there is no such field. {did_you_mean(places[-1], parent.model_fields)}"
    elif kind == "missing":
        what = "is missing"
    elif kind == "value_error":
        what = error["msg"].removeprefix("Value error, ")
    else:
        what = f"{error['msg'][:1].lower()}{error['msg'][1:]}, not {_short(error['input'])}"
    return Mistake(".".join(places), what)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def read_shape(document: dict[str, Any]) -> tuple[Spec | None, list[Mistake]]:
    """Return the spec, or None and every mistake in its shape."""
    try:
        return Spec.model_validate(document), []
    except ValidationError as error:
        return None, [_reworded(detail) for detail in error.errors(include_url=False)]


def spec_schema() -> dict[str, Any]:
    """Return the JSON Schema of a spec, for editors that complete TOML."""
    schema = Spec.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "noncommit sweep"} | schema
