"""The harness itself under test: right samplers must pass as often as promised, wrong ones must be caught."""
