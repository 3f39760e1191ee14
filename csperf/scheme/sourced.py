"""Values of a scheme that say where they come from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic_core import CoreSchema

from csperf.errors import meant
from csperf.strict_yaml import Strict


def _rising(scale: tuple[float, float]) -> tuple[float, float]:
    if scale[0] >= scale[1]:
        raise ValueError(f"a scale goes up, not from {scale[0]:g} to {scale[1]:g}")
    return scale


Provenance = Literal["stated", "deduced", "assumed", "local"]
PROVENANCES: tuple[Provenance, ...] = ("stated", "deduced", "assumed", "local")
SOURCES = (*PROVENANCES, "because")
Percent = Annotated[float, Field(ge=0, le=100)]
Positive = Annotated[float, Field(gt=0)]
Days = Annotated[int, Field(ge=0)]
Perspective = Literal["finance", "customer", "process", "learning"]
Scale = Annotated[tuple[float, float], AfterValidator(_rising)]
T = TypeVar("T")
NAMED = ("id", "type", "grade", "level", "actor")
DEFAULT = "csperf's default"


class Sourced(Strict, Generic[T]):
    """A value of a scheme with where it comes from, and why it was chosen."""

    value: T
    provenance: Provenance = "local"
    because: str = ""

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:
        if isinstance(data, Sourced) or (isinstance(data, dict) and "value" in data):
            return data
        if not isinstance(data, dict) or not any(meant(key, SOURCES, 0.8) for key in data):
            return {"value": data}
        given = [key for key in data if key in PROVENANCES]
        if len(given) != 1 or set(data) - {given[0], "because"}:
            raise ValueError("give one of stated, deduced, assumed, local, and perhaps because")
        return {"value": data[given[0]], "provenance": given[0], "because": data.get("because", "")}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """As it stands in a file: the value itself, or the value under a word of provenance."""
        value = handler.resolve_ref_schema(handler(core_schema))["properties"]["value"]
        named = {**dict.fromkeys(PROVENANCES, value), "because": {"type": "string"}}
        sourced = {"type": "object", "properties": named, "additionalProperties": False}
        one_of = [{"required": [word]} for word in PROVENANCES]
        return {"anyOf": [value, {**sourced, "oneOf": one_of}]}


class Whole(Strict):
    """A part of a scheme that says as a whole where it comes from, whatever its values say.

    `ABOUT` is the field without a source of its own that stands for the whole.
    """

    ABOUT: ClassVar[str]
    provenance: Provenance = "local"
    because: str = ""


def default(value: object, description: str | None = None) -> Any:
    """A field that csperf fills when a scheme is silent, and says so."""
    filled = {"assumed": value, "because": DEFAULT}
    return Field(default=filled, validate_default=True, description=description)


def sourced(value: Any, path: str) -> Iterator[tuple[str, Sourced[Any]]]:
    """Every value below a model that says where it comes from, with its path."""
    if isinstance(value, Sourced):
        yield path, value
    elif isinstance(value, BaseModel):
        if isinstance(value, Whole):
            about = getattr(value, value.ABOUT)
            whole = Sourced(value=about, provenance=value.provenance, because=value.because)
            yield f"{path}.{value.ABOUT}", whole
        for name in type(value).model_fields:
            yield from sourced(getattr(value, name), f"{path}.{name}" if path else name)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from sourced(item, f"{path}.{name}")
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            names = (getattr(item, name, None) for name in NAMED)
            yield from sourced(item, f"{path}.{next(filter(None, names), index)}")


def unique(where: str, ids: list[str]) -> list[str]:
    """The ids; ValueError if one of them stands twice."""
    twice = [name for name in ids if ids.count(name) > 1]
    if twice:
        raise ValueError(f"{where}: '{twice[0]}' stands twice")
    return ids
