"""The token game of BPMN written apart from the engine, to hold the engine against it."""
