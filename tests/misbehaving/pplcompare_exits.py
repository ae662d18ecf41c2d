"""A module that ends the process that imports it, as if all were well."""

import sys

sys.exit(0)
