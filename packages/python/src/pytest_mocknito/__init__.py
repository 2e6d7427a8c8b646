"""Starts a Mocknito of its own and speaks to it."""

from .server import Mocknito, MocknitoError, start_mocknito

__all__ = ["Mocknito", "MocknitoError", "start_mocknito"]
