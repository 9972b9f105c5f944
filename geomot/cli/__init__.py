"""The command line: `geomot solve`, `geomot export`, `geomot study`, `geomot info`."""

from geomot.cli.group import main

__all__ = ["main"]
