"""The jobs behind the commands: from options to an exit code."""
