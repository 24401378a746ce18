"""The shell: it touches the world and is thin. Channels, desk, web, worker; wired once, in bot/app.py."""
