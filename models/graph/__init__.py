"""A model as a picture: what depends on what, in rows, with a frame for each plate."""
