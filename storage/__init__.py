"""The memory. Values in, values out; it decides nothing. SQLAlchemy Core, the same code for SQLite and PostgreSQL."""
