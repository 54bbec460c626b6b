"""The folder of models on this machine: entries, manifests, locks, upkeep."""
