"""SpiffWorkflow's specifications, each in a subclass that mends what it gets wrong."""
