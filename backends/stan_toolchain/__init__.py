"""A Stan that cmdstanpy can drive: the user's CmdStan, or one assembled from the headers of the httpstan wheel."""
