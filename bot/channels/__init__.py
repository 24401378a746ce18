"""The ways to people. A channel knows its vendor's library and `base`, and nothing else of ours."""
