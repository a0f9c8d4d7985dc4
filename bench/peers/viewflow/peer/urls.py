"""viewflow's own addresses."""

from django.urls import path
from viewflow.workflow.flow import FlowViewset

from peer.flows import FiveSteps

app = FlowViewset(FiveSteps)
urlpatterns = [path("", app.urls)]
