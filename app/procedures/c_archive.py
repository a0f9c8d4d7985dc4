"""建档: the drawing asks for the filing by a message; no function is needed."""
