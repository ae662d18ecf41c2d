"""Questions about counts to come, coins, and components that fail together, each with an exact answer."""
