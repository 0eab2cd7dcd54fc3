"""Doubles and scripted peers shared by the tests."""
