"""The blueprint all pages of the desk hang on."""

from __future__ import annotations

from flask import Blueprint

door = Blueprint("web", __name__, template_folder="templates")
