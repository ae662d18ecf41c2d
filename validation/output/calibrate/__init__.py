"""What ``pplcompare calibrate`` shows: document, tables and JUnit XML."""
