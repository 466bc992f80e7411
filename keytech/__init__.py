"""Research warehouse for the key-core-technology literature of China."""
