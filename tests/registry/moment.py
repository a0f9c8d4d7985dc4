"""The moment at which the register's tests stand."""

from app.work import now

# Of this month, because the trail has its partitions from this month on.
AT = now()
