"""Outputs, one file each: Report -> str. Pure."""
