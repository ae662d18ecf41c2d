"""What a third party tests its own backend with: the contract of the backend protocol, promise by promise."""
