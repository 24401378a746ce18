"""One file per command of `rapport`. A command reads its arguments, calls the shell and prints; it decides nothing."""
