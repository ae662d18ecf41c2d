"""Draws made elsewhere: read, named and checked."""
