"""Procedures: one module each, found by the factory. They do not know each other."""
