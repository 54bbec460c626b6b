"""The version of the package, equal to `Version` in DESCRIPTION."""

__version__ = "0.9.0.9000"
