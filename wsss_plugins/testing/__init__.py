"""Checks that users and tests share. Not imported by the package itself."""
