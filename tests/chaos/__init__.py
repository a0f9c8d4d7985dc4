"""A town under load while things break: see docs/faults.md."""
