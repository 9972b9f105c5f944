"""What every section of a scenario has in common: frozen, checked as a whole, one kind of error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from geomot.errors import Problem, ScenarioError
from geomot.scenario.messages import describe


class Section(BaseModel):
    """Base of all sections: unknown keys are errors, and all problems come at once.

    Raises
    ------
    ScenarioError
        With the key path and the reason of every problem in the section and those inside it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    def __init__(self, /, **data: Any) -> None:
        problems: list[Problem] = []
        try:
            super().__init__(**data)
        except ValidationError as error:
            problems.extend(_problems(type(self), error))
        problems.extend(self.contradictions(data))
        if problems:
            raise ScenarioError(problems)

    @classmethod
    def contradictions(cls, data: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong between values, from raw input of which parts may be wrong too.

        Pydantic skips checks of the whole once a part has failed; the user should see both.
        """
        yield from ()


def _problems(section: type[Section], error: ValidationError) -> Iterator[Problem]:
    for detail in error.errors(include_url=False):
        path = _key_path(section, detail)
        inner = detail.get("ctx", {}).get("error")
        if isinstance(inner, ScenarioError):
            for problem in inner.problems:
                yield Problem(_join(path, problem.path), problem.message)
        else:
            field = section.model_fields.get(str(detail["loc"][0]))
            meaning = field.description if field else None
            yield Problem(path, describe(detail, meaning, section.model_fields))


def _key_path(section: type[Section], detail: ErrorDetails) -> str:
    field, *rest = detail["loc"]
    if rest and _tagged(section.model_fields[str(field)]):
        rest = rest[1:]  # pydantic names the chosen member of the union here: not a key
    if detail["type"].startswith("union_tag"):
        rest = [*rest, "kind"]
    path = str(field)
    for key in rest:
        path = _join(path, f"[{key}]" if isinstance(key, int) else key)
    return path


def _tagged(field: FieldInfo) -> bool:
    """Return whether a field is a union whose members a key tells apart, or None."""
    members = [field, *(meta for part in get_args(field.annotation) for meta in get_args(part)[1:])]
    return any(getattr(member, "discriminator", None) for member in members)


def _join(outer: str, inner: str) -> str:
    return outer + inner if not inner or inner.startswith("[") else f"{outer}.{inner}"


def entries(section: Any, key: str) -> Iterable[Any]:
    """Return the entries of a list in a section given as a table or as a model; none without one."""
    value = member(section, key)
    return value if isinstance(value, (list, tuple)) else ()


def member(section: Any, key: str) -> Any:
    """Return a value of a section given as a table or as a model; None where there is none."""
    return section.get(key) if isinstance(section, Mapping) else getattr(section, key, None)
