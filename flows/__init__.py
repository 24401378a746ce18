"""The core. Pure: values in, values out; no file, clock, random, network, database or logging.

A step is `(subject, event) -> (subject, effects)`. Time is in the event; tests/test_architecture.py holds the law.
"""
