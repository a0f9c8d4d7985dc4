"""Entry point of the web server."""

from app import create_app

app = create_app()
