"""The command line: each module of this folder adds its commands.

A module that offers commands has a function ``register(app)``.
"""

from __future__ import annotations

import importlib
import pkgutil

from flask import Flask

from app.cli.shell import plainly


def register(app: Flask) -> None:
    """Add the commands of all modules here."""
    for module in pkgutil.iter_modules(__path__):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        if hasattr(loaded, "register"):
            loaded.register(app)
    for command in app.cli.commands.values():
        plainly(command)
