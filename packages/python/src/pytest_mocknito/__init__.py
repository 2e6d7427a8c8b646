"""Starts a Mocknito of its own and speaks to it."""

from .server import Mocknito, MocknitoError, connect_mocknito, start_mocknito

__all__ = ["Mocknito", "MocknitoError", "connect_mocknito", "start_mocknito"]
