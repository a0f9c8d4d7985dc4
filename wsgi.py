"""Entry point of the web server."""

import gc

from app import create_app

app = create_app()

# What the application consists of stays as long as the process: a full collection that walks
# through it holds up a request by some 100 ms for nothing. Nor is one made first: each command of
# the shell would begin with it.
gc.freeze()
