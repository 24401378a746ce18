"""The memory. Values in, values out; it decides nothing. SQLAlchemy Core on SQLite and PostgreSQL, the same code for both."""
