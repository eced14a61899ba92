"""A project without any revision yet."""

from tests.deploy.conftest import checkout

__all__ = ["checkout"]
