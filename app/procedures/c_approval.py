"""审批: the levels come from the decision ``approval_level``, the rest stands in the drawing."""
