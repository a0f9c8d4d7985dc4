"""The tokens, and the process that viewflow keeps."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """The first and only one."""

    initial = True
    dependencies = (
        ("viewflow", "0015_task_scheduled"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    )
    operations = (
        migrations.CreateModel("Application", (), {"proxy": True}, bases=("viewflow.process",)),
        migrations.CreateModel(
            "Token",
            (
                ("id", models.BigAutoField(primary_key=True)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("user", models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)),
            ),
        ),
    )
