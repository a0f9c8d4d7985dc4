"""Tables and one clerk with a token (PEER_TOKEN)."""

import os
from hashlib import sha256

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peer.settings")
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from peer.models import Token  # noqa: E402

call_command("migrate", verbosity=0)
clerk = User.objects.create(username="clerk")
Token.objects.create(digest=sha256(os.environ["PEER_TOKEN"].encode()).hexdigest(), user=clerk)
