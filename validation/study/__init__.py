"""One data set on models and backends: planned, carried out, looked at, and the verdict."""
