"""What is made of a benchmark: documents, tables, files, pictures."""
