"""The case of five steps, and the tokens of who may work on it."""

from django.conf import settings
from django.db import models
from viewflow import jsonstore
from viewflow.workflow.models import Process


class Application(Process):
    """What the steps ask for, kept as viewflow keeps it: in the process's JSON."""

    applicant_name = jsonstore.CharField(max_length=80)
    reason = jsonstore.CharField(max_length=200)

    class Meta:
        proxy = True


class Token(models.Model):
    """Who asks, by the hash of what is sent."""

    digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
