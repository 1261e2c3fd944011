"""Stands for modules that only make sense within NSO, so that programs which import them for something else still run."""

from __future__ import annotations

from typing import Any, Callable


class _MissingType(type):
    """A class to inherit from and to decorate with, which cannot be used."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _decorator


class _Missing(metaclass=_MissingType):
    _what = ""

    def __init__(self, *_: Any, **__: Any):
        raise NotImplementedError(f"{self._what} needs NSO: Tocsin has notifications only")


def _decorator(given: Any = None, *_: Any, **__: Any) -> Any:
    return given


def attribute_of(module: str) -> Callable[[str], Any]:
    """Returns the ``__getattr__`` of a module that is missing."""

    def __getattr__(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        return _MissingType(name, (_Missing,), {"_what": f"{module}.{name}", "__module__": module})

    return __getattr__
