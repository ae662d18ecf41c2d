"""Tables as people have them: from a file or a data frame to counts."""
