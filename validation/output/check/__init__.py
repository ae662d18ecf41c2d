"""What is made of a check: documents, tables, JUnit, annotations, the results folder."""
