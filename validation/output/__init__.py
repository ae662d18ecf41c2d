"""What people and machines see: tables, the report, JSON, JUnit, the results folder."""
