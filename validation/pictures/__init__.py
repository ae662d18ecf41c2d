"""Pictures: what is drawn as values, the colours of both schemes, and a thin layer of matplotlib that draws them."""
