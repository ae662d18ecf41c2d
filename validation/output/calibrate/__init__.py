"""What ``pplcompare calibrate`` shows: document, tables, JUnit XML, and the report with its pictures."""
