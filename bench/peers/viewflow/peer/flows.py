"""Five user tasks in a row, each with a form of two required fields."""

from django.http import JsonResponse
from viewflow import this
from viewflow.workflow import flow, lock
from viewflow.workflow.flow import views
from viewflow.workflow.models import Task

from peer.models import Application


class Answering:
    """The task is done in viewflow's own way; the answer names the next one instead of a page."""

    success_message = None

    def form_valid(self, form):
        """Who acts is at hand for the next step, which spares viewflow a statement."""
        self.request.activation.process.acting = self.request.user
        super().form_valid(form)
        process = self.request.activation.process.pk
        waiting = Task.objects.filter(process_id=process, status="ASSIGNED")
        tasks = [f"/{process}/{task.flow_task.name}/{task.pk}/execute/" for task in waiting]
        return JsonResponse({"tasks": tasks})

    def form_invalid(self, form):
        """422 with the fields' faults."""
        return JsonResponse(form.errors, status=422)

    def get_success_url(self):
        """Nowhere: see ``form_valid``."""
        return "/"


class Start(Answering, views.CreateProcessView):
    """A case begins."""

    fields = ()


class Step(Answering, views.UpdateProcessView):
    """A step is done."""

    fields = ("applicant_name", "reason")


def acting(activation):
    """A step belongs to who did the one before."""
    return activation.process.acting


def step(following):
    """One of the five."""
    return flow.View(Step.as_view()).Assign(acting).Next(following)


class FiveSteps(flow.Flow):
    """The same case as the product's ``bench_linear``; its row is locked as the product locks."""

    process_class = Application
    lock_impl = lock.SelectForUpdateLock(nowait=False)

    start = flow.Start(Start.as_view()).Available(lambda user: user.is_active).Next(this.step0)
    step0 = step(this.step1)
    step1 = step(this.step2)
    step2 = step(this.step3)
    step3 = step(this.step4)
    step4 = step(this.end)
    end = flow.End()
